export {
  decodeEchoReply,
  type EchoPacket,
  encodeEchoRequest,
  internetChecksum,
  stripIpv4Header,
} from './echo.js'
