# Runs the stages of one attempt, one after the other.
#   $1  a named pipe: each line a nonce, a blank, the path of a stage's script
#   $2  the directory it must have been started in
#   $3  the file by which it enters its control group; empty where there are none
# Prints after each stage: ESC ] 133 ; D ; status ; nonce BEL
# The end of the pipe ends it.

[ "$PWD" = "$2" ] || { echo "muster: started in '$PWD' and not in '$2'; nothing was run"; exit 125; }
[ -z "$3" ] || echo $$ > "$3" || { echo "muster: its control group is closed to it; nothing was run"; exit 125; }
exec 9<"$1"
# An interrupt typed by a person ends the stage, whose subshell has its own default, and not this shell.
trap : INT QUIT
while IFS=' ' read -r muster_nonce muster_script <&9; do
    # ":" last, for $_ keeps the last word of the command before and would hand the nonce to the stage
    (unset muster_nonce; exec 9<&-; : ; . "$muster_script")
    printf '\033]133;D;%d;%s\007' "$?" "$muster_nonce"
    :
done
