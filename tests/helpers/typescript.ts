import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { getLibFiles, ts } from '@ts-morph/common'

const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))
/** The folder of the compiled package. */
const dist = fileURLToPath(new URL('../..', import.meta.url))

/** Where the language service finds the declarations of the language's own objects, which come as text. */
const LIBRARIES = '/node_modules/typescript/lib'

const CONFIG = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    typeRoots: [fileURLToPath(new URL('../../../node_modules/@types', import.meta.url))],
    noEmit: true,
    skipLibCheck: true,
  },
  files: ['main.ts'],
}

/**
 * A project of one file, `main.ts`, that exists until it is disposed. It finds the declarations of this package,
 * without source maps, as `rtnetlink/lib/…` and `rtnetlink/protocol/…`.
 */
export class Project implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'rtnetlink-types-'))
  readonly text: string
  #service: LanguageService | undefined

  constructor(text: string) {
    this.text = text
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify(CONFIG))
    writeFileSync(join(this.folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(this.folder, 'main.ts'), text)
    const installed = join(this.folder, 'node_modules/rtnetlink')
    for (const part of ['lib', 'protocol']) {
      const filter = (name: string) => !/\.(js|map)$/.test(name)
      cpSync(join(dist, part), join(installed, part), { recursive: true, filter })
    }
    writeFileSync(join(installed, 'package.json'), '{"type":"module"}')
  }

  /** The compiler's errors, one a line, without the file's name; and how long it took in milliseconds. */
  async compile(): Promise<{ errors: string[]; ms: number }> {
    const began = performance.now()
    const output = await new Promise<string>((resolve) => {
      execFile(tsc, ['-p', this.folder, '--pretty', 'false'], (_error, stdout) => resolve(stdout))
    })
    const errors = output.split('\n').filter((line) => /error TS\d+/.test(line))
    return { errors: errors.map((line) => line.replace(/^.*main\.ts/, '')), ms: performance.now() - began }
  }

  /** What an editor shows for the first `word` in the line that contains `marker`. */
  async hover(marker: string, word: string): Promise<string> {
    const result = (await this.#request('textDocument/hover', marker, word)) as {
      contents: { value: string }
    } | null
    return result?.contents.value ?? ''
  }

  /** The doc comment in front of the declaration that an editor jumps to. */
  async documentation(marker: string, word: string): Promise<string> {
    const [found] = (await this.#request('textDocument/definition', marker, word)) as {
      uri: string
      range: { start: { line: number } }
    }[]
    if (found === undefined) return ''
    const lines = readFileSync(fileURLToPath(found.uri), 'utf8').split('\n')
    return lines[found.range.start.line - 1]?.trim() ?? ''
  }

  /**
   * The doc comment that an editor shows for the first `word` in the line that contains `marker`, by the language
   * service of an earlier TypeScript. That of TypeScript 7.0 shows none for members of mapped types, not even of
   * `Partial`.
   */
  hoverComment(marker: string, word: string): string {
    const file = join(this.folder, 'main.ts')
    const libraries = new Map(getLibFiles().map(({ fileName, text }) => [`${LIBRARIES}/${fileName}`, text]))
    const readFile = (name: string) => libraries.get(name) ?? ts.sys.readFile(name)
    const { options } = ts.convertCompilerOptionsFromJson(CONFIG.compilerOptions, this.folder)
    const service = ts.createLanguageService({
      fileExists: (name) => libraries.has(name) || ts.sys.fileExists(name),
      readFile,
      directoryExists: ts.sys.directoryExists,
      getCurrentDirectory: () => this.folder,
      getDefaultLibFileName: () => `${LIBRARIES}/lib.d.ts`,
      getCompilationSettings: () => options,
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (name) => {
        const text = readFile(name)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
    })
    const info = service.getQuickInfoAtPosition(file, this.text.indexOf(word, this.text.indexOf(marker)))
    return ts.displayPartsToString(info?.documentation)
  }

  async #request(method: string, marker: string, word: string): Promise<unknown> {
    const uri = pathToFileURL(join(this.folder, 'main.ts')).href
    this.#service ??= await LanguageService.open(this.folder, uri, this.text)
    const lines = this.text.split('\n')
    const line = lines.findIndex((text) => text.includes(marker))
    const character = lines[line]?.indexOf(word) ?? -1
    if (character < 0) throw new Error(`"${word}" is not in a line with "${marker}"`)
    return this.#service.request(method, { textDocument: { uri }, position: { line, character } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#service?.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
}

/** TypeScript's language server over its standard input and output: JSON-RPC with a Content-Length header. */
class LanguageService {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #pending = new Map<number, (result: unknown) => void>()
  #input = Buffer.alloc(0)
  #id = 0

  private constructor() {
    this.#child = spawn(tsc, ['--lsp', '--stdio'], { stdio: 'pipe' })
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  static async open(folder: string, uri: string, text: string): Promise<LanguageService> {
    const service = new LanguageService()
    await service.request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } } },
    })
    service.#send({ method: 'initialized', params: {} })
    const textDocument = { uri, languageId: 'typescript', version: 1, text }
    service.#send({ method: 'textDocument/didOpen', params: { textDocument } })
    return service
  }

  request(method: string, params: object): Promise<unknown> {
    const id = ++this.#id
    this.#send({ id, method, params })
    return new Promise((resolve) => this.#pending.set(id, resolve))
  }

  close(): void {
    this.#child.kill()
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  #receive(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk])
    for (;;) {
      const start = this.#input.indexOf('\r\n\r\n') + 4
      const length = Number(/Content-Length: (\d+)/i.exec(this.#input.subarray(0, start).toString())?.[1])
      if (start < 4 || this.#input.length < start + length) return
      this.#handle(JSON.parse(this.#input.subarray(start, start + length).toString()) as Message)
      this.#input = this.#input.subarray(start + length)
    }
  }

  #handle({ id, method, result }: Message): void {
    if (id === undefined) return
    // Requests of the server need an answer; it asks for settings and registrations only.
    if (method !== undefined) this.#send({ id, result: null })
    else this.#pending.get(id)?.(result)
    if (method === undefined) this.#pending.delete(id)
  }
}
