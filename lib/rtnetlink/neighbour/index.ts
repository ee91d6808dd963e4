export { type NeighbourFilter, type Neighbours, neighbours } from './object.js'
export type { Neighbour, NeighbourRef, NeighbourSpec } from './spec.js'
