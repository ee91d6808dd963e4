export { type ConnectOutOptions, connectOut, disconnectOut, type WayOut } from './connect.js'
