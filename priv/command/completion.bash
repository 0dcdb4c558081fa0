# SPDX-License-Identifier: ISC
# bash completion for wicket(1)                             -*- shell-script -*-

# The names of the policies in both directories, without duplicates.
_wicket_policies() {
	local file
	for file in /etc/wicket/*.policy /usr/lib/wicket/*.policy; do
		[[ -e $file ]] || continue
		file=${file##*/}
		printf '%s\n' "${file%.policy}"
	done | sort -u
}

# The names of the system's services, templates aside.
_wicket_services() {
	local file
	for file in /etc/systemd/system/*.service \
		/usr/lib/systemd/system/*.service; do
		[[ -e $file && $file != *@* ]] || continue
		file=${file##*/}
		printf '%s\n' "${file%.service}"
	done | sort -u
}

# Policies by name, or files where what is typed has a slash.
_wicket_complete_policy() {
	local cur=$1
	if [[ $cur == */* ]]; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	else
		mapfile -t COMPREPLY < <(
			compgen -W "$(_wicket_policies)" -- "$cur")
	fi
}

# The word that the N-th argument which is not an option has, counted from the
# command's own name; 'count' is how many stand before the cursor.
_wicket_arguments() {
	local i takes=' --audit --instance --syslog --require --restart --policy '
	takes+='--policy-from '
	count=0 verb=''
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			continue
		elif [[ $takes == *" ${COMP_WORDS[i]} "* ]]; then
			((i++))
		elif [[ ${COMP_WORDS[i]} == -* && $count -eq 0 ]]; then
			continue
		else
			((++count))
			((count == 2)) && verb=${COMP_WORDS[i]}
		fi
	done
}

_wicket_complete_run() {
	local cur=$1
	if ((count == 0)) && [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--quiet --audit
			--audit-grants --instance --policy-from --syslog
			--require --restart --help' -- "$cur")
	elif ((count == 0)); then
		_wicket_complete_policy "$cur"
	elif ((count == 1)); then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_wicket_complete_check() {
	local cur=$1
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--json --strict
			--instance --help' -- "$cur")
	elif ((count == 0)); then
		_wicket_complete_policy "$cur"
	fi
}

_wicket_complete_explain() {
	local cur=$1
	if ((count == 0)) && [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--json --instance
			--help' -- "$cur")
	elif ((count == 0)); then
		_wicket_complete_policy "$cur"
	elif ((count == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'read write append create
			remove rename list stat listen bind connect raw
			packet' -- "$cur")
	else
		case $verb in
		listen | bind | connect)
			((count == 2)) && mapfile -t COMPREPLY < <(
				compgen -W 'tcp udp unix' -- "$cur")
			;;
		raw)
			mapfile -t COMPREPLY < <(compgen -W icmp -- "$cur")
			;;
		packet)
			((count == 2)) && mapfile -t COMPREPLY < <(
				compgen -W "$(command ls /sys/class/net \
					2>/dev/null)" -- "$cur")
			;;
		*)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		esac
	fi
}

# The services that there are, by name; then a program and its arguments.
_wicket_complete_unit() {
	local cur=$1
	if ((count == 0)) && [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--full --policy --instance
			--help' -- "$cur")
	elif ((count == 0)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_wicket_services)" \
			-- "$cur")
	elif ((count == 1)); then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_wicket() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local count verb commands='run check explain unit status reload help
		version'
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(
			compgen -W "$commands --help --version" -- "$cur")
		return
	fi
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	--audit | --syslog | --policy-from)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--instance)
		return
		;;
	--restart)
		mapfile -t COMPREPLY < <(
			compgen -W 'no on-failure always' -- "$cur")
		return
		;;
	--policy)
		_wicket_complete_policy "$cur"
		return
		;;
	esac
	_wicket_arguments
	case ${COMP_WORDS[1]} in
	run | check | explain | unit)
		"_wicket_complete_${COMP_WORDS[1]}" "$cur"
		;;
	status)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(
				compgen -W '--json --help' -- "$cur")
		else
			_wicket_complete_policy "$cur"
		fi
		;;
	reload)
		_wicket_complete_policy "$cur"
		;;
	help)
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
		;;
	esac
}

complete -F _wicket wicket
