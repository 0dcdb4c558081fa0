HELPER_SOURCES := $(wildcard priv/helper/*.c)
SUPERVISOR_SOURCES := $(wildcard priv/supervisor/*.c)
COMMAND_SOURCES := $(wildcard priv/command/*.c)
