import { linkKindByName } from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import type { NetnsRef } from '../../netns/reference.js'
import { assertBoolean, assertKnownKeys } from '../../options.js'
import type { Resolver } from '../context.js'
import { CHANGE_ONLY, CREATION_ONLY, FLAGS, PLAIN } from './settings.js'
import type { LinkChanges, LinkSettings, LinkSpec, PeerSpec } from './types.js'

/** Turns the references within a link's description into numbers. */
export interface LinkResolver extends Resolver {
  /** A descriptor of a network namespace, for as long as the request needs it. */
  netns(ref: NetnsRef, argument: string): number
}

type Settings = LinkSettings & { readonly name?: string | undefined; readonly index?: number | undefined }

/** The part of the message that does not depend on the link's kind; `path` is where the settings are: `peer.`. */
function settingsMessage(settings: Settings, resolver: LinkResolver, path = ''): Record<string, unknown> {
  const message: Record<string, unknown> = { family: 'unspec' }
  if (settings.index !== undefined) message['index'] = settings.index
  const flags: string[] = []
  const change: string[] = []
  for (const [option, [flag, sense]] of Object.entries(FLAGS)) {
    const value = settings[option as keyof typeof FLAGS]
    assertBoolean(`${path}${option}`, value)
    if (value === undefined) continue
    change.push(flag)
    if (value === sense) flags.push(flag)
  }
  if (change.length > 0) {
    message['flags'] = flags
    message['change'] = change
  }
  if (settings.name !== undefined) message['ifname'] = settings.name
  for (const name of PLAIN) if (settings[name] !== undefined) message[name] = settings[name]
  const { master, netns } = settings
  if (master !== undefined) message['master'] = master === null ? 0 : resolver.link(master, `${path}master`)
  if (netns !== undefined) message['netNsFd'] = resolver.netns(netns, `${path}netns`)
  return message
}

const SETTING_KEYS = [...PLAIN, ...Object.keys(FLAGS), 'name', 'master', 'netns'] as const
export const LINK_KEYS = [...SETTING_KEYS, 'index', 'kind', 'data', 'peer', 'link', 'linkNetnsid'] as const
const SLAVE_KEYS = ['kind', 'data'] as const
const PEER_KEYS = [...SETTING_KEYS, 'index'] as const
export const CHANGE_KEYS = [...SETTING_KEYS, 'kind', 'data', 'slave', 'link'] as const

/** The message that adds a link. @throws {@link ArgumentError} when a reference cannot be one */
export function linkMessageOf(spec: LinkSpec, resolver: LinkResolver): Record<string, unknown> {
  const message = settingsMessage(spec, resolver)
  const { link, linkNetnsid, newIfindex } = spec
  if (newIfindex !== undefined) {
    throw new ArgumentError('newIfindex', newIfindex, 'left out: the index of a new link is its index')
  }
  const where = linkKindByName(spec.kind)
  const lower = link === undefined ? undefined : resolver.link(link, 'link')
  if (lower !== undefined && where !== undefined && where.lowerLink === undefined) {
    throw new ArgumentError('link', link, `left out: a link of kind ${spec.kind} is on no other`)
  }
  if (lower !== undefined && typeof where?.lowerLink !== 'string') message['link'] = lower
  if (linkNetnsid !== undefined) message['linkNetnsid'] = linkNetnsid
  message['linkinfo'] = kindMessage(spec, resolver, lower, where?.forCreation)
  return message
}

/** The message that changes the link of this index. @throws {@link ArgumentError} as `linkMessageOf` does */
export function changesMessageOf(
  index: number,
  changes: LinkChanges,
  resolver: LinkResolver,
): Record<string, unknown> {
  const message = settingsMessage(changes, resolver)
  message['index'] = index
  const { kind, data, slave, link } = changes as LinkChanges & { readonly data?: object }
  assertChangeable(changes)
  const lower = link === undefined ? undefined : resolver.link(link, 'link')
  if (data !== undefined && kind === undefined) {
    throw new ArgumentError('kind', kind, 'the kind of the link', 'kind is required with data')
  }
  if (slave !== undefined) {
    assertKnownKeys(slave, SLAVE_KEYS, 'slave')
    if (slave.kind === undefined) throw new ArgumentError('slave.kind', undefined, 'the kind of the master')
  }
  const linkinfo = {
    ...(changes.kind === undefined ? {} : kindMessage(changes, resolver, lower)),
    ...(slave === undefined ? {} : { slaveKind: slave.kind, slaveData: slaveData(slave) }),
  }
  if (Object.keys(linkinfo).length > 0) message['linkinfo'] = linkinfo
  return message
}

function slaveData({ kind, data }: NonNullable<LinkChanges['slave']>): unknown {
  if (typeof data !== 'object' || (data as unknown) instanceof Uint8Array) return data
  return without(data, linkKindByName(kind)?.readOnly?.slave)
}

/** What the kernel only reports is accepted and not sent, so that listed data can be passed back. */
function without(data: object | undefined, readOnly: readonly string[] = []): Record<string, unknown> {
  const kept: Record<string, unknown> = { ...data }
  for (const name of readOnly) delete kept[name]
  return kept
}

/** Refuses what the kernel would ignore. */
function assertChangeable(changes: LinkChanges): void {
  for (const name of CREATION_ONLY) {
    const value = (changes as LinkSettings)[name]
    if (value !== undefined) {
      throw new ArgumentError(name, value, 'left out: it can be set only while a link is added')
    }
  }
  const { newIfindex, netns, link, kind } = changes
  if (newIfindex !== undefined && netns === undefined) {
    throw new ArgumentError(
      'newIfindex',
      newIfindex,
      'left out without netns: it is the index in another namespace',
    )
  }
  if (link === undefined) return
  if (kind === undefined)
    throw new ArgumentError('kind', kind, 'the kind of the link', 'kind is required with link')
  if (typeof linkKindByName(kind)?.lowerLink !== 'string') {
    throw new ArgumentError(
      'link',
      link,
      `left out: the lower link of a ${kind} is set only while it is added`,
    )
  }
}

/** IFLA_LINKINFO: the kind and its attributes, with the other end of a pair as a nested link message. */
function kindMessage(
  spec: { readonly kind: string; readonly data?: object | undefined; readonly peer?: PeerSpec | undefined },
  resolver: LinkResolver,
  lower: number | undefined,
  adapt?: (data: Record<string, unknown>) => void,
): object {
  const { kind, data, peer } = spec
  const { peer: peerMember, lowerLink, readOnly } = linkKindByName(kind) ?? {}
  if (peer !== undefined && peerMember === undefined) {
    throw new ArgumentError(
      'peer',
      peer,
      'left out',
      `peer is not an option of the kind ${JSON.stringify(kind)}`,
    )
  }
  if (data !== undefined && (typeof data !== 'object' || data === null)) {
    throw new ArgumentError('data', data, `an object with the attributes of a ${kind}`)
  }
  // Raw bytes are sent as they are.
  if (data instanceof Uint8Array) return { kind, data }
  const own = without(data, readOnly?.data)
  adapt?.(own)
  if (lower !== undefined && typeof lowerLink === 'string') {
    const given = own[lowerLink]
    if (given !== undefined && given !== lower) {
      throw new ArgumentError(`data.${lowerLink}`, given, `left out, or the index of link (${lower})`)
    }
    own[lowerLink] = lower
  }
  if (peer !== undefined && peerMember !== undefined) own[peerMember] = peerMessageOf(peer, resolver)
  return data === undefined && Object.keys(own).length === 0 ? { kind } : { kind, data: own }
}

function peerMessageOf(peer: PeerSpec, resolver: LinkResolver): Record<string, unknown> {
  assertKnownKeys(peer, PEER_KEYS, 'peer')
  for (const key of ['up', 'master', 'newIfindex', ...CHANGE_ONLY] as const) {
    const value = (peer as LinkSettings)[key]
    if (value === undefined) continue
    const why =
      'the kernel ignores it then, or joins the two ends afterwards; set it on the peer with links.set'
    throw new ArgumentError(
      `peer.${key}`,
      value,
      'left out',
      `peer.${key} cannot be set while the pair is added: ${why}`,
    )
  }
  return settingsMessage(peer, resolver, 'peer.')
}
