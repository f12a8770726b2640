import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { openKeyFile } from "../../adapters/local/key-file.ts";
import { openDatabase } from "../../adapters/local/open-database.ts";
import { createSealedKeyStore, type NewKey, type SealedKeyStore } from "../../adapters/local/sealed-key-store.ts";
import { readConfig } from "../../config.ts";
import type { JsonObject } from "../../sdk/json.ts";
import { DEV_USER } from "../dev-user.ts";
import { EXIT } from "../exit-codes.ts";
import { DATABASE_FILE } from "../local-engine.ts";
import { describeKey, showKeys, showNewKey } from "../show-keys.ts";
import type { Terminal } from "../terminal.ts";
import { type Command, type CommandContext, UsageError } from "./command.ts";

export const keysCommand: Command = {
  name: "keys",
  summary: "issue access keys, list, disable and delete them",
  help: `millrace keys create USER [--read-only] [--expires TIME]
millrace keys list
millrace keys disable KEY
millrace keys enable KEY
millrace keys delete KEY

Issues the access keys with which clients sign their requests, for the engine whose data is in a folder. Changes take
effect with the next request, while the engine runs or before its first start. AWS knows nothing of these keys.

  create USER         make a key and show its secret, this once; USER is who the API names, as in createdBy
  list                all keys, without their secrets
  disable KEY         refuse requests with this key
  enable KEY          take them again
  delete KEY          forget the key for good

  --read-only         the key may only look: list and describe
  --expires TIME      until when the key is good, for example 2030-12-31 or 2030-12-31T18:00:00Z
  --data DIR          where everything is kept (default: MILLRACE_DATA, else .millrace)
  --json              print one line of JSON

Examples:
  eval "$(millrace keys create airflow)"           # issue a key, and use it in this shell
  millrace keys create auditor --read-only --expires 2030-12-31

To replace a key, create a second one for the same user, move its clients over, then disable the first, and delete it
when nobody has missed it.
`,
  run,
};

async function run([verb = "", ...args]: readonly string[], { terminal }: CommandContext): Promise<number> {
  const task = VERBS.get(verb);
  if (task === undefined) throw new UsageError(`expected one of: ${[...VERBS.keys()].join(", ")}`);
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { data: { type: "string" }, json: { type: "boolean", default: false }, ...task.options },
    allowPositionals: true,
  });
  const expected = task.subject === undefined ? 0 : 1;
  if (positionals.length !== expected) throw new UsageError(`${verb} takes ${task.subject ?? "no name"}`);
  try {
    const answer = await task.run(positionals[0] ?? "", values, values.data ?? readConfig().dataFolder);
    if (values.json) terminal.print(JSON.stringify(answer.json));
    else answer.show(terminal);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    terminal.note(`millrace keys ${verb}: ${error instanceof Error ? error.message : String(error)}`);
    return isBusy(error) ? EXIT.transient : EXIT.usage;
  }
}

interface Verb {
  /** What its one argument is; undefined when it takes none. */
  readonly subject?: string;
  readonly options?: ParseArgsOptionsConfig;
  run(subject: string, options: Options, folder: string): Promise<Answer>;
}

type Options = Readonly<Record<string, unknown>>;

interface Answer {
  readonly json: JsonObject;
  show(terminal: Terminal): void;
}

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  [
    "create",
    { subject: "a USER", options: { "read-only": { type: "boolean" }, expires: { type: "string" } }, run: create },
  ],
  ["list", { run: list }],
  ["disable", change("disabled", (keys, id) => keys.setDisabled(id, true))],
  ["enable", change("active", (keys, id) => keys.setDisabled(id, false))],
  ["delete", change("deleted", (keys, id) => keys.delete(id))],
]);

async function create(user: string, options: Options, folder: string): Promise<Answer> {
  const wanted: NewKey = {
    user: checkUser(user),
    access: options["read-only"] === true ? "read-only" : "full",
    createdAt: Date.now(),
    ...expiry(options["expires"] as string | undefined),
  };
  const issued = await withKeys(folder, (keys) => keys.issue(wanted));
  const [key, secret] = [describeKey(issued, wanted.createdAt), issued.secret.reveal()];
  return { json: { ...key, secretAccessKey: secret }, show: (terminal) => showNewKey(key, secret, terminal) };
}

async function list(_: string, __: Options, folder: string): Promise<Answer> {
  const found = await withExistingKeys(folder, (keys) => keys.list());
  const keys = found.map((key) => describeKey(key, Date.now()));
  return { json: { keys }, show: (terminal) => showKeys(keys, terminal) };
}

function change(status: string, make: (keys: SealedKeyStore, id: string) => Promise<boolean>): Verb {
  return {
    subject: "a KEY",
    async run(id, _, folder) {
      if (!(await withExistingKeys(folder, (keys) => make(keys, id)))) {
        throw new UsageError(`KEY ${id}: there is no such key; \`millrace keys list\` shows those that there are`);
      }
      const show = (terminal: Terminal) => terminal.print(`${id} is ${status}.`);
      return { json: { accessKeyId: id, status }, show };
    },
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html: it becomes the end of an ARN. */
const USER = /^[\w+=,.@-]{1,64}$/;

function checkUser(user: string): string {
  if (!USER.test(user)) {
    throw new UsageError(`USER ${user}: expected 1 to 64 letters, digits or signs of _+=,.@-, for example airflow`);
  }
  if (user !== DEV_USER) return user;
  throw new UsageError(`USER ${user}: \`millrace dev\` makes the key of this user, and shows it at every start`);
}

const TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/;

function expiry(text: string | undefined): Pick<NewKey, "expiresAt"> {
  if (text === undefined) return {};
  const [, day] = TIME.exec(text) ?? [];
  const expiresAt = day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(expiresAt)) {
    throw new UsageError(`--expires ${text}: expected a day or a time, for example 2030-12-31 or 2030-12-31T18:00:00Z`);
  }
  if (expiresAt > Date.now()) return { expiresAt };
  throw new UsageError(`--expires ${text}: this time is past, so the key would be good for nothing`);
}

/** `Date.parse` takes the 31st of February for a day of March. */
function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

async function withKeys<Result>(folder: string, use: (keys: SealedKeyStore) => Promise<Result>): Promise<Result> {
  const key = await openKeyFile(readConfig().keyFile);
  const database = openDatabase(join(folder, DATABASE_FILE));
  try {
    return await use(createSealedKeyStore(database, key));
  } finally {
    database.close();
  }
}

/** Makes no data folder: where there is none, another one was meant. */
async function withExistingKeys<Result>(
  folder: string,
  use: (keys: SealedKeyStore) => Promise<Result>,
): Promise<Result> {
  if (existsSync(join(folder, DATABASE_FILE))) return withKeys(folder, use);
  throw new UsageError(`--data ${resolve(folder)}: there are no keys, nor any other data — name another folder`);
}

/** Another process kept the database to itself for too long. https://www.sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}
