#!/bin/sh
# Writes what the other stages found into a report and commits it on the task's branch.
set -eu

findings=$(git rev-parse --absolute-git-dir)/demo
report=DEMO-REPORT.md

{
    echo '# What the demonstration found'
    echo
    echo "Task: $MUSTER_DESCRIPTION"
    echo
    echo '## The repository'
    echo
    sed 's/^/- /' "$findings/numbers"
    echo
    echo '    Lines by kind of file'
    sed 's/^/    /' "$findings/kinds"
    echo
    echo '## The check'
    echo
    cat "$findings/check"
    echo
    echo '## The latest commits'
    echo
    sed 's/^/    /' "$findings/commits"
} >"$report"

git add "$report"
git -c user.name='Muster demo' -c user.email=demo@localhost -c commit.gpgsign=false \
    commit --quiet --no-verify --message 'Report what the demonstration found'
git --no-pager show --stat --format='%h %s, on branch %D' HEAD
