#!/bin/sh
# Makes one cluster of the nodes named as arguments (host, port 6379), the first half as primaries. Once it is made,
# this does nothing.
set -eu
. "$(dirname "$0")/cli.sh"
for host in "$@"; do
  until [ "$(cli -h "$host" ping 2>/dev/null)" = PONG ]; do sleep 1; done
done
if cli -h "$1" cluster info | grep -q '^cluster_slots_assigned:16384'; then
  echo 'the cluster is there'
  exit 0
fi
# CLUSTER MEET takes addresses only.
nodes=
for host in "$@"; do
  nodes="$nodes $(getent ahosts "$host" | cut -d ' ' -f 1 | head -n 1):6379"
done
# shellcheck disable=SC2086 # one word for each node
cli --cluster create $nodes --cluster-replicas 1 --cluster-yes
