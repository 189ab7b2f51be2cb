# Makes `cli`, which asks a node as the user that may change the cluster. The password is not among the arguments, where
# every process of the pod would see it.
REDISCLI_AUTH=$(cat /etc/valkey-access/cluster-password)
VALKEYCLI_AUTH=$REDISCLI_AUTH
export REDISCLI_AUTH VALKEYCLI_AUTH
# shellcheck disable=SC2086 # VALKEY_CLI_TLS is some options or none
cli() { valkey-cli -e --no-auth-warning --user cluster ${VALKEY_CLI_TLS:-} "$@"; }
