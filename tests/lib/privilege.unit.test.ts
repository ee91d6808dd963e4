import test from 'ava'
import { SANDBOX_COMMAND, sandboxHint } from '../../lib/privilege.js'

const hint = (settings: Readonly<Record<string, string>>) => sandboxHint((name) => settings[name])

test('the hint ends with the command of a sandbox', (t) => {
  t.is(hint({}), `run as root, or in a sandbox of your own: ${SANDBOX_COMMAND}`)
  const allowed = {
    'user.max_user_namespaces': '7000',
    'kernel.unprivileged_userns_clone': '1',
    'kernel.apparmor_restrict_unprivileged_userns': '0',
  }
  t.is(hint(allowed), hint({}))
})

test('the hint names the settings that stand in the way, and values that do not', (t) => {
  for (const [name, forbids, allows] of [
    ['user.max_user_namespaces', '0', '10000'],
    ['kernel.unprivileged_userns_clone', '0', '1'],
    ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
  ] as const) {
    t.is(
      hint({ [name]: forbids }),
      'run as root, or in a sandbox of your own, after root has allowed user namespaces ' +
        `(sysctl -w ${name}=${allows}): ${SANDBOX_COMMAND}`,
    )
  }
  const both = { 'user.max_user_namespaces': '0', 'kernel.unprivileged_userns_clone': '0' }
  t.true(hint(both).includes('(sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1)'))
})
