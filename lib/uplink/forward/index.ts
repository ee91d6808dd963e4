export { findBlockers, forwardTables, legacyWarning, warningOf } from './blockers.js'
export { closeChains, openChains } from './open.js'
export { pathOf } from './path.js'
