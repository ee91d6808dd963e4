export { type IsolateOptions, isolate } from './isolate.js'
