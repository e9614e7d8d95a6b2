#!/bin/sh
# Looks at the repository and keeps what it found, outside the work tree, for the stages after it.
set -eu

findings=$(git rev-parse --absolute-git-dir)/demo
mkdir -p "$findings"

{
    echo "$(git rev-list --count HEAD) commits, the latest of $(git log -1 --format=%cs)"
    echo "$(git shortlog --summary HEAD | wc -l | tr -d ' ') authors"
    echo "$(git ls-files | wc -l | tr -d ' ') files"
} | tee "$findings/numbers"

echo
echo 'The latest commits:'
git --no-pager log -5 --format='  %h %s' | tee "$findings/commits"

echo
echo 'Lines by kind of file:'
git ls-files | sed -n 's/.*\.\([A-Za-z0-9]\{1,8\}\)$/\1/p' | sort | uniq -c | sort -rn | head -n 6 |
    while read -r files kind; do
        lines=$(git ls-files -z "*.$kind" | xargs -0 cat | wc -l | tr -d ' ')
        printf '  %-6s %6s lines in %s files\n' "$kind" "$lines" "$files"
    done | tee "$findings/kinds"
