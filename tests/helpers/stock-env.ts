/**
 * The environment for system programs: without npm's node_modules/.bin folders in PATH, one of which has a program
 * `nft`.
 */
export const stockEnv: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':'),
}
