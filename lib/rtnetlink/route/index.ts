export { type RouteFilter, type Routes, routes } from './object.js'
export type { LookupOptions, Nexthop, NexthopSpec, Route, RouteSpec } from './spec.js'
