UNPRIV_SOURCES := $(wildcard unpriv/*.c)
PUBLIC_HEADERS += unpriv/wicket/wicket.h unpriv/wicket/none.h
