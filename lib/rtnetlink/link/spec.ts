import { linkKindByName } from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import type { NetnsRef } from '../../netns/reference.js'
import { assertBoolean, assertKnownKeys } from '../../options.js'
import type { Resolver } from '../context.js'
import { FLAGS, PLAIN } from './settings.js'
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
export const CHANGE_KEYS = [...SETTING_KEYS, 'kind', 'data', 'slave'] as const

/** The message that adds a link. @throws {@link ArgumentError} when a reference cannot be one */
export function linkMessageOf(spec: LinkSpec, resolver: LinkResolver): Record<string, unknown> {
  const message = settingsMessage(spec, resolver)
  const { link, linkNetnsid } = spec
  const lowerLink = linkKindByName(spec.kind)?.lowerLink
  const lower = link === undefined ? undefined : resolver.link(link, 'link')
  if (lower !== undefined && lowerLink === undefined) message['link'] = lower
  if (linkNetnsid !== undefined) message['linkNetnsid'] = linkNetnsid
  message['linkinfo'] = kindMessage(spec, resolver, lowerLink && lower ? { [lowerLink]: lower } : {})
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
  const { kind, data, slave } = changes as LinkChanges & { readonly data?: object }
  if (data !== undefined && kind === undefined) {
    throw new ArgumentError('kind', kind, 'the kind of the link', 'kind is required with data')
  }
  if (slave !== undefined) {
    assertKnownKeys(slave, SLAVE_KEYS, 'slave')
    if (slave.kind === undefined) throw new ArgumentError('slave.kind', undefined, 'the kind of the master')
  }
  const linkinfo = {
    ...(changes.kind === undefined ? {} : kindMessage(changes, resolver)),
    ...(slave === undefined ? {} : { slaveKind: slave.kind, slaveData: slave.data }),
  }
  if (Object.keys(linkinfo).length > 0) message['linkinfo'] = linkinfo
  return message
}

/** IFLA_LINKINFO: the kind and its attributes, with the other end of a pair as a nested link message. */
function kindMessage(
  spec: { readonly kind: string; readonly data?: object | undefined; readonly peer?: PeerSpec | undefined },
  resolver: LinkResolver,
  lower: object = {},
): object {
  const { kind, data, peer } = spec
  const peerMember = linkKindByName(kind)?.peer
  if (peer !== undefined && peerMember === undefined) {
    throw new ArgumentError(
      'peer',
      peer,
      'left out',
      `peer is not an option of the kind ${JSON.stringify(kind)}`,
    )
  }
  const own = {
    ...lower,
    ...data,
    ...(peer === undefined || peerMember === undefined
      ? {}
      : { [peerMember]: peerMessageOf(peer, resolver) }),
  }
  return data === undefined && Object.keys(own).length === 0 ? { kind } : { kind, data: own }
}

function peerMessageOf(peer: PeerSpec, resolver: LinkResolver): Record<string, unknown> {
  assertKnownKeys(peer, PEER_KEYS, 'peer')
  for (const key of ['up', 'master'] as const) {
    if (!(key in peer)) continue
    const value = (peer as LinkSettings)[key]
    const why = 'the kernel joins the two ends afterwards; set it on the peer with links.set'
    throw new ArgumentError(
      `peer.${key}`,
      value,
      'left out',
      `peer.${key} cannot be set while the pair is added: ${why}`,
    )
  }
  return settingsMessage(peer, resolver, 'peer.')
}
