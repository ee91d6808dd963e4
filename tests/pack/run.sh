#!/usr/bin/env bash
# Installs the packed package into an empty project, type-checks the README's first sample and runs it in a new network namespace:
# `npm run test:pack`, as root.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT

npx publint --strict
tarball=$(npm pack --silent --pack-destination "$project")
cd "$project"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent "./$tarball" typescript@^7 @types/node@^20
awk '/^```ts$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$root/README.md" >sample.ts
cat >tsconfig.json <<'JSON'
{
  "compilerOptions": {
    "target": "es2022", "module": "nodenext", "lib": ["es2023", "esnext.disposable"], "types": ["node"],
    "strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true, "skipLibCheck": false
  },
  "files": ["sample.ts"]
}
JSON
npx tsc -p .
unshare -n node sample.js | tee output
grep -q "address: '10.1.1.1'" output
node --input-type=module -e "import { linkKinds } from 'rtnetlink/protocol'; console.log(linkKinds.length, 'kinds of link')"
echo "the packed package works in an empty project"
