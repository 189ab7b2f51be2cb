#!/bin/sh
# Whether this node answers; without a password, as anybody may ask that.
# shellcheck disable=SC2086 # VALKEY_CLI_TLS is some options or none
exec valkey-cli -e --no-auth-warning --user probe --pass any ${VALKEY_CLI_TLS:-} ping
