export * from './addresses.js'
export * from './neighbours.js'
export * from './routes.js'
export * from './rules.js'
