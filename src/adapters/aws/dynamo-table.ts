import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteCommandInput,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { TableError, tableError } from "./dynamo-error.ts";
import type { Key } from "./table.ts";

/** An item with its key. */
export type Item = Key & Readonly<Record<string, unknown>>;

/** What an action expects of the item that it is about. `#name` in the expression is the attribute `name`. */
export interface Expectation {
  readonly expression: string;
  readonly values?: Readonly<Record<`:${string}`, unknown>>;
}

/** A transaction has one action at most for each item. */
export type Action =
  | ({ readonly if?: Expectation } & (
      | { readonly put: Item }
      /** Sets attributes of an item, takes others from it, and leaves the rest. Without an expectation it makes the item. */
      | { readonly update: Key; readonly set?: Readonly<Record<string, unknown>>; readonly remove?: readonly string[] }
      | { readonly delete: Key }
    ))
  /** Changes nothing: the other actions depend on it. */
  | { readonly check: Key; readonly if: Expectation };

export interface QueryOptions {
  readonly pk: string;
  /** Of the sort key, such as `#sk > :after`. */
  readonly where?: Expectation;
  /** Absent: all there are. */
  readonly limit?: number;
  readonly descending?: boolean;
  /** Attributes that are needed; absent: all. */
  readonly only?: readonly string[];
}

/** The table of the control plane. All reads see every earlier write. */
export interface DynamoTable {
  get(key: Key): Promise<Item | undefined>;
  /** The items that there are, in the order of their keys. */
  getAll(keys: readonly Key[]): Promise<readonly Item[]>;
  /** Items of a partition, in the order of their sort keys: a megabyte of them in memory. */
  each(options: QueryOptions): AsyncIterable<Item>;
  /** The same, all at once. */
  query(options: QueryOptions): Promise<readonly Item[]>;
  /** How many items a partition has, counted up to `limit`. */
  count(pk: string, limit: number): Promise<number>;
  /**
   * Carries out all actions or none, at most a hundred. Gives the places of the actions whose expectation did not hold:
   * none when all were carried out. An answer that is lost on the way does not change what is given.
   */
  write(actions: readonly Action[]): Promise<readonly number[]>;
  /** Writes an item of which nothing is expected, for half the price of `write`. */
  put(item: Item): Promise<void>;
  /** Writes items of which nothing is expected, one by one and in any order. */
  putAll(items: readonly Item[]): Promise<void>;
  /** Deletes items, one by one and in any order. */
  deleteAll(keys: readonly Key[]): Promise<void>;
  /** Deletes the items that `query` would give. */
  deleteEach(options: Pick<QueryOptions, "pk" | "where">): Promise<void>;
}

export function openTable(client: DynamoDBDocumentClient, name: string): DynamoTable {
  const reading = <Result>(request: Promise<Result>) => explained(request, name, "read from");
  const writing = <Result>(request: Promise<Result>) => explained(request, name, "write to");

  async function* each(options: QueryOptions): AsyncGenerator<Item> {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    let from: QueryCommandInput["ExclusiveStartKey"];
    do {
      const command = new QueryCommand(queryOf(name, { ...options, limit: left }, from));
      const answer = await reading(client.send(command));
      const items = (answer.Items ?? []) as Item[];
      yield* items;
      left -= items.length;
      from = answer.LastEvaluatedKey;
    } while (from !== undefined && left > 0);
  }

  async function writeAll(requests: readonly WriteRequest[]): Promise<void> {
    for (const some of chunks(requests, WRITE_BATCH)) {
      let left: WriteRequest[] = [...some];
      for (let attempt = 1; ; attempt++) {
        const answer = await writing(client.send(new BatchWriteCommand({ RequestItems: { [name]: left } })));
        left = answer.UnprocessedItems?.[name] ?? [];
        if (left.length === 0) break;
        await pause(attempt, name);
      }
    }
  }

  const deleteAll = (keys: readonly Key[]) => writeAll(keys.map((key) => ({ DeleteRequest: { Key: key } })));

  return {
    async get(key) {
      const command = new GetCommand({ TableName: name, Key: key, ConsistentRead: true });
      return (await reading(client.send(command))).Item as Item | undefined;
    },

    async getAll(keys) {
      const found = new Map<string, Item>();
      for (const some of chunks(keys, GET_BATCH)) {
        let left: readonly Key[] = some;
        for (let fruitless = 0; left.length > 0;) {
          const RequestItems = { [name]: { Keys: [...left], ConsistentRead: true } };
          const answer = await reading(client.send(new BatchGetCommand({ RequestItems })));
          const items = (answer.Responses?.[name] ?? []) as Item[];
          for (const item of items) found.set(textOf(item), item);
          // Left over is what does not fit into an answer of 16 MB, or what the table's throughput does not allow.
          left = (answer.UnprocessedKeys?.[name]?.Keys ?? []) as Key[];
          fruitless = items.length > 0 ? 0 : fruitless + 1;
          if (fruitless > 0 && left.length > 0) await pause(fruitless, name);
        }
      }
      return keys.flatMap((key) => found.get(textOf(key)) ?? []);
    },

    each,

    async query(options) {
      const items: Item[] = [];
      for await (const item of each(options)) items.push(item);
      return items;
    },

    async count(pk, limit) {
      let count = 0;
      let from: QueryCommandInput["ExclusiveStartKey"];
      do {
        const query = queryOf(name, { pk, limit: limit - count }, from);
        const answer = await reading(client.send(new QueryCommand({ ...query, Select: "COUNT" })));
        count += answer.Count ?? 0;
        from = answer.LastEvaluatedKey;
      } while (from !== undefined && count < limit);
      return count;
    },

    async write(actions) {
      const TransactItems = actions.map((action) => transactItem(name, action));
      let token = randomUUID();
      for (let attempt = 1; ; attempt++) {
        // The SDK sends a request whose answer is lost again with its token, and DynamoDB then answers the same.
        const command = new TransactWriteCommand({ TransactItems, ClientRequestToken: token });
        try {
          await client.send(command);
          return [];
        } catch (error) {
          const failed = failedExpectations(error);
          if (failed === undefined) throw tableError(error, name, "write to");
          if (failed !== "busy") return failed;
          // What was cancelled had no effect, and the next one is another. But of a request whose answer was lost, nobody
          // knows: it may have an effect yet, and is not to have it twice.
          if (wasSentOnce(error)) token = randomUUID();
        }
        await pause(attempt, name);
      }
    },

    async put(item) {
      await writing(client.send(new PutCommand({ TableName: name, Item: item })));
    },

    putAll: (items) => writeAll(items.map((item) => ({ PutRequest: { Item: item } }))),

    deleteAll,

    async deleteEach(options) {
      let keys: Key[] = [];
      for await (const { pk, sk } of each({ ...options, only: ["pk", "sk"] })) {
        keys.push({ pk, sk });
        if (keys.length < WRITE_BATCH) continue;
        await deleteAll(keys);
        keys = [];
      }
      await deleteAll(keys);
    },
  };
}

type WriteRequest = NonNullable<ConstructorParameters<typeof BatchWriteCommand>[0]["RequestItems"]>[string][number];

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const GET_BATCH = 100;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const WRITE_BATCH = 25;

/** More than fits into the megabyte of an answer. */
const MAX_LIMIT = 100_000;

/** How often a thing is tried that another writer, or a limit of throughput, is in the way of. */
const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

/** Reasons that pass: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const PASSING: readonly (string | undefined)[] = [
  "TransactionConflict",
  "ProvisionedThroughputExceeded",
  "ThrottlingError",
];

/** Undefined for other failures. */
function failedExpectations(error: unknown): readonly number[] | "busy" | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  // While one item is busy, what the others tell may be half of the truth.
  if (reasons.some((reason) => PASSING.includes(reason))) return "busy";
  const failed = [...reasons.keys()].filter((place) => reasons[place] === "ConditionalCheckFailed");
  return failed.length > 0 ? failed : undefined;
}

function wasSentOnce(error: unknown): boolean {
  return error instanceof TransactionCanceledException && error.$metadata.attempts === 1;
}

function transactItem(name: string, action: Action): NonNullable<TransactWriteCommandInput["TransactItems"]>[number] {
  const target = { TableName: name, ...attributesOf(action.if) };
  const condition = action.if && { ConditionExpression: action.if.expression };
  if ("put" in action) return { Put: { ...target, ...condition, Item: action.put } };
  if ("delete" in action) return { Delete: { ...target, ...condition, Key: action.delete } };
  if ("check" in action) {
    return { ConditionCheck: { ...target, ConditionExpression: action.if.expression, Key: action.check } };
  }
  const change = changeOf(action);
  return {
    Update: {
      ...target,
      ...condition,
      ...attributesOf(action.if, change),
      Key: action.update,
      UpdateExpression: change.expression,
    },
  };
}

function changeOf({ set = {}, remove = [] }: Extract<Action, { update: Key }>): Expectation {
  const names = Object.keys(set);
  const clauses = [
    ["SET", names.map((attribute) => `#${attribute} = :set_${attribute}`)],
    ["REMOVE", remove.map((attribute) => `#${attribute}`)],
  ] as const;
  return {
    expression: clauses.flatMap(([verb, parts]) => (parts.length === 0 ? [] : `${verb} ${parts.join(", ")}`)).join(" "),
    values: Object.fromEntries(names.map((attribute) => [`:set_${attribute}`, set[attribute]])),
  };
}

function queryOf(
  name: string,
  { pk, where, limit = MAX_LIMIT, descending = false, only }: QueryOptions,
  from: QueryCommandInput["ExclusiveStartKey"],
): QueryCommandInput {
  const partition = { expression: "#pk = :pk", values: { ":pk": pk } };
  const projection = only && { expression: only.map((attribute) => `#${attribute}`).join(", ") };
  return {
    TableName: name,
    KeyConditionExpression: [partition, where].flatMap((each) => each?.expression ?? []).join(" AND "),
    ...attributesOf(partition, where, projection),
    ...(projection && { ProjectionExpression: projection.expression }),
    ConsistentRead: true,
    ScanIndexForward: !descending,
    Limit: Math.min(limit, MAX_LIMIT),
    ExclusiveStartKey: from,
  };
}

/** The names and values that expressions speak of. Names are always given, because many words are reserved. */
function attributesOf(...expectations: readonly (Expectation | undefined)[]) {
  const given = expectations.filter((each) => each !== undefined);
  const names = given.flatMap(({ expression }) => [...expression.matchAll(/#(\w+)/g)]);
  const values = given.flatMap((each) => Object.entries(each.values ?? {}));
  return {
    ...(names.length > 0 && {
      ExpressionAttributeNames: Object.fromEntries(names.map(([alias, attribute]) => [alias, attribute!])),
    }),
    ...(values.length > 0 && { ExpressionAttributeValues: Object.fromEntries(values) }),
  };
}

async function explained<Result>(request: Promise<Result>, name: string, doing: string): Promise<Result> {
  try {
    return await request;
  } catch (error) {
    throw tableError(error, name, doing);
  }
}

/** Doubles with every attempt, up to a bound; most of it is chance, so that many do not come back together. */
async function pause(attempt: number, name: string): Promise<void> {
  if (attempt >= ATTEMPTS) {
    throw new TableError(`Table \`${name}\` was busy for ${ATTEMPTS} attempts. Try again later.`, { passes: true });
  }
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
  await sleep(longest * (0.2 + 0.8 * Math.random()));
}

function* chunks<Value>(values: readonly Value[], size: number): Generator<readonly Value[]> {
  for (let at = 0; at < values.length; at += size) yield values.slice(at, at + size);
}

function textOf({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk]);
}
