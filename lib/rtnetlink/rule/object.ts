import {
  type IpFamily,
  messageFlag,
  type RtmName,
  type RuleMessageInput,
  rtm,
  rtmName,
  ruleMessage,
} from '../../../protocol/index.js'
import type { Dump, Request } from '../../connection/index.js'
import { assertKnownKeys } from '../../options.js'
import type { Context, RequestOptions } from '../context.js'
import { type Rule, type RuleSpec, readRule, ruleMessageOf } from './spec.js'

/** Which rules to list; what is left out does not matter. */
export interface RuleFilter {
  readonly family?: IpFamily | undefined
  readonly table?: RuleMessageInput['table']
  readonly priority?: number | undefined
  /** Ends the listing, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Rules for which routing table is asked, of the namespace of the connection. rtnetlink(7), ip-rule(8) */
export class Rules {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * Adds a rule. Left out: action `toTbl`, table `main`, and a priority just above the first of the kernel's own.
   * @throws ArgumentError, EncodeError; NetlinkError `EEXIST` when there is just this one, `EPERM`
   */
  add(spec: RuleSpec, options?: RequestOptions): Promise<void> {
    return this.#send('newrule', messageFlag.create | messageFlag.exclusive, options, () => {
      const { action = 'toTbl', table, ...rest } = ruleMessageOf(spec)
      const where = table ?? (action === 'toTbl' ? 'main' : undefined)
      return { ...rest, action, table: where }
    })
  }

  /** Takes away the first rule that is as the specification says. @throws NetlinkError `ENOENT` when there is none */
  delete(spec: RuleSpec, options?: RequestOptions): Promise<void> {
    return this.#send('delrule', 0, options, () => {
      // What only the kernel says of a listed one does not tell which it is.
      const { flags: _, ...rest } = ruleMessageOf(spec)
      return rest
    })
  }

  /** All rules that the filter lets through, in their order. @throws NetlinkError, DumpInterruptedError */
  async list(filter: RuleFilter = {}): Promise<Rule[]> {
    return this.dump(filter).toArray()
  }

  /** The same one by one, as the kernel gives them. */
  dump(filter: RuleFilter = {}): Dump<Rule> {
    assertKnownKeys(filter, ['family', 'table', 'priority', 'signal'], 'filter')
    const { family = 'unspec', table, priority } = filter
    const request = this.#request('getrule', { family })
    const read = (view: DataView, at: number, length: number) => {
      const rule = readRule(view, at, length)
      const passes =
        rule !== undefined &&
        (table === undefined || rule.table === table) &&
        (priority === undefined || (rule.priority ?? 0) === priority)
      return passes ? rule : undefined
    }
    return this.#context.connection.dump(request, read, { signal: filter.signal })
  }

  #send(
    name: RtmName,
    flags: number,
    options: RequestOptions | undefined,
    value: () => Record<string, unknown>,
  ): Promise<void> {
    return this.#context.request(() => ({ ...this.#request(name, value()), flags }), options)
  }

  #request(name: RtmName, value: Record<string, unknown>): Request {
    return { type: rtm[name], name: rtmName(rtm[name]), codec: ruleMessage, value }
  }
}
