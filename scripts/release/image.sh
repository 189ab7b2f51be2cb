#!/usr/bin/env bash
# The image of SERVICE, for both platforms, with the commit's time in every file.
#   image.sh compare   builds it twice from nothing, without a registry; fails if the two differ
#   image.sh push      pushes IMAGE:VERSION and prints digest=...
set -euo pipefail
cd "$(dirname "$0")/../.."

base=$(sed -n 's/^ARG NODE_IMAGE=//p' Dockerfile)
revision=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
metadata=$(mktemp -d)
trap 'rm -r "$metadata"' EXIT

# By digest, so that every build is from the same base image.
digest_of_base=$(docker buildx imagetools inspect "$base" --format '{{.Manifest.Digest}}')

build() { # NAME OUTPUT [OPTION...]
  docker buildx build --platform linux/amd64,linux/arm64 \
    --build-arg NODE_IMAGE="$base@$digest_of_base" --build-arg SERVICE="$SERVICE" \
    --build-arg VERSION="$VERSION" --build-arg REVISION="$revision" \
    --metadata-file "$metadata/$1.json" --output "$2,rewrite-timestamp=true" "${@:3}" . >&2
  jq --raw-output '."containerimage.digest"' "$metadata/$1.json"
}

case ${1-} in
  compare)
    first=$(build first "type=oci,dest=$metadata/first.tar" --no-cache --provenance=false)
    second=$(build second "type=oci,dest=$metadata/second.tar" --no-cache --provenance=false)
    echo "$first $second"
    [ "$first" = "$second" ]
    ;;
  push)
    digest=$(build pushed "type=image,name=$IMAGE:$VERSION,push=true" --provenance=mode=max --sbom=true)
    echo "digest=$digest"
    ;;
  *)
    echo "usage: image.sh compare|push" >&2
    exit 2
    ;;
esac
