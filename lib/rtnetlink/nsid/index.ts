export { type Nsids, nsids } from './object.js'
