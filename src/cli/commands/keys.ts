import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { TableError } from "../../adapters/aws/dynamo-error.ts";
import type { KeyIssuer, NewKey } from "../../api/key-issuer.ts";
import { readConfig } from "../../config.ts";
import type { JsonObject } from "../../sdk/json.ts";
import { DEV_USER } from "../dev-user.ts";
import { EXIT } from "../exit-codes.ts";
import { type KeyPlace, keysInFolder, keysInTable } from "../key-place.ts";
import { readPolicyFile } from "../read-policy-file.ts";
import { describeKey, showKeys, showNewKey, showPolicy } from "../show-keys.ts";
import type { Terminal } from "../terminal.ts";
import { type Command, type CommandContext, UsageError } from "./command.ts";

export const keysCommand: Command = {
  name: "keys",
  summary: "issue access keys, list, disable and delete them",
  help: `millrace keys create USER [--read-only] [--policy FILE] [--expires TIME]
millrace keys list
millrace keys policy KEY [FILE]
millrace keys disable KEY
millrace keys enable KEY
millrace keys delete KEY

Issues the access keys with which clients sign their requests, for the engine whose data is in a folder, or for a stack on
AWS. Changes take effect with the next request, while the engine runs or before its first start. AWS knows nothing of
these keys.

  create USER         make a key and show its secret, this once; USER is who the API names, as in createdBy
  list                all keys, without their secrets
  policy KEY [FILE]   show what the key may do; with FILE, change it
  disable KEY         refuse requests with this key
  enable KEY          take them again
  delete KEY          forget the key for good

  --read-only         the key may only look: list and describe
  --policy FILE       the key may do what the policy allows, in IAM's language (docs/policies.md); - reads it from stdin
  --expires TIME      until when the key is good, for example 2030-12-31 or 2030-12-31T18:00:00Z
  --data DIR          where everything is kept (default: MILLRACE_DATA, else .millrace)
  --table NAME        the keys of the stack with this DynamoDB table, with the credentials of the environment
  --json              print one line of JSON

Examples:
  eval "$(millrace keys create airflow)"           # issue a key, and use it in this shell
  millrace keys create auditor --read-only --expires 2030-12-31
  millrace keys create sales --policy sales.json
  millrace keys create airflow --table millrace-prod      # for a stack, whose outputs name its table

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
    options: {
      data: { type: "string" },
      table: { type: "string" },
      json: { type: "boolean", default: false },
      ...task.options,
    },
    allowPositionals: true,
  });
  const [least, most] = task.names ?? [0, 0];
  if (positionals.length < least || positionals.length > most) throw new UsageError(`${verb} takes ${task.takes}`);
  try {
    const answer = await task.run(positionals, values, placeOf(values));
    if (values.json) terminal.print(JSON.stringify(answer.json));
    else answer.show(terminal);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    terminal.note(`millrace keys ${verb}: ${error instanceof Error ? error.message : String(error)}`);
    return passes(error) ? EXIT.transient : EXIT.usage;
  }
}

function placeOf({ data, table }: { readonly data?: string; readonly table?: string }): KeyPlace {
  const config = readConfig();
  if (table === undefined) return keysInFolder(data ?? config.dataFolder, config.keyFile);
  if (data === undefined) return keysInTable(table, config);
  throw new UsageError("--data and --table: the keys are in a folder or in a table — give one of the two");
}

interface Verb {
  /** What its arguments are, for people. */
  readonly takes: string;
  /** How many it takes, at least and at most; undefined for none. */
  readonly names?: readonly [least: number, most: number];
  readonly options?: ParseArgsOptionsConfig;
  run(names: readonly string[], options: Options, place: KeyPlace): Promise<Answer>;
}

type Options = Readonly<Record<string, unknown>>;

interface Answer {
  readonly json: JsonObject;
  show(terminal: Terminal): void;
}

const CREATE_OPTIONS = {
  "read-only": { type: "boolean" },
  policy: { type: "string" },
  expires: { type: "string" },
} as const;

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["create", { takes: "a USER", names: [1, 1], options: CREATE_OPTIONS, run: create }],
  ["list", { takes: "no name", run: list }],
  ["policy", { takes: "a KEY and perhaps a FILE", names: [1, 2], run: policy }],
  ["disable", change("disabled", (keys, id) => keys.setDisabled(id, true))],
  ["enable", change("active", (keys, id) => keys.setDisabled(id, false))],
  ["delete", change("deleted", (keys, id) => keys.delete(id))],
]);

async function create([user = ""]: readonly string[], options: Options, place: KeyPlace): Promise<Answer> {
  const file = options["policy"] as string | undefined;
  const wanted: NewKey = {
    user: checkUser(user),
    access: options["read-only"] === true ? "read-only" : "full",
    createdAt: Date.now(),
    ...expiry(options["expires"] as string | undefined),
    ...(file !== undefined && { policyDocument: await readPolicyFile(file) }),
  };
  const issued = await place.use((keys) => keys.issue(wanted));
  const [key, secret] = [describeKey(issued, wanted.createdAt), issued.secret.reveal()];
  return { json: { ...key, secretAccessKey: secret }, show: (terminal) => showNewKey(key, secret, terminal) };
}

async function list(_: readonly string[], __: Options, place: KeyPlace): Promise<Answer> {
  const found = await place.useExisting((keys) => keys.list());
  const keys = found.map((key) => describeKey(key, Date.now()));
  return { json: { keys }, show: (terminal) => showKeys(keys, terminal) };
}

async function policy([id = "", file]: readonly string[], _: Options, place: KeyPlace): Promise<Answer> {
  const given = file === undefined ? undefined : await readPolicyFile(file);
  const key = await place.useExisting(async (keys) => {
    if (given !== undefined) await keys.setPolicy(id, given);
    return (await keys.list()).find((each) => each.id === id);
  });
  if (key === undefined) throw noSuchKey(id);
  const { policyDocument } = key;
  return {
    json: { accessKeyId: id, ...(policyDocument !== undefined && { policy: policyDocument }) },
    show: (terminal) => showPolicy(describeKey(key, Date.now()), policyDocument, terminal),
  };
}

function change(status: string, make: (keys: KeyIssuer, id: string) => Promise<boolean>): Verb {
  return {
    takes: "a KEY",
    names: [1, 1],
    async run([id = ""], _, place) {
      if (!(await place.useExisting((keys) => make(keys, id)))) throw noSuchKey(id);
      const show = (terminal: Terminal) => terminal.print(`${id} is ${status}.`);
      return { json: { accessKeyId: id, status }, show };
    },
  };
}

function noSuchKey(id: string): UsageError {
  return new UsageError(`KEY ${id}: there is no such key; \`millrace keys list\` shows those that there are`);
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

/** Another process kept the database to itself for too long (https://www.sqlite.org/rescode.html#busy), or the table is busy. */
function passes(error: unknown): boolean {
  if (error instanceof TableError) return error.passes;
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}
