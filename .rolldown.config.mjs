/**
 * What is published: a few files instead of one for each module, since loading 270 modules takes longer than everything
 * else at start-up. Declarations and tests use the files that tsc writes.
 */
export default {
  input: {
    index: 'lib/index.ts',
    protocol: 'protocol/index.ts',
    testing: 'lib/testing/index.ts',
    // Files that run in a process or thread of their own. They are found beside the file that starts them.
    launcher: 'lib/netns/launcher.ts',
    'lookup-inside': 'lib/netns/lookup-inside.ts',
  },
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  transform: { target: 'es2022' },
  platform: 'node',
  external: [/^node:/, 'koffi', 'buffer-layout', 'leven'],
  output: { dir: 'dist/bundle', format: 'esm', sourcemap: true, chunkFileNames: '[name].js' },
}
