import {
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DeleteFlowCommand,
  DescribeFlowCommand,
  ListFlowsCommand,
  ListTagsForResourceCommand,
  StartFlowCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-appflow";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { authenticate, MAX_CLOCK_SKEW_MS, type SignedRequest } from "../../src/api/authenticate.ts";
import type { AccessKey } from "../../src/api/key-store.ts";
import { ApiError } from "../../src/api/problems.ts";
import { Secret } from "../../src/sdk/secret.ts";
import { sha256, signatureOf } from "../../src/api/sigv4.ts";
import { captureRequest } from "../support/capture-requests.ts";
import { EXPIRED_KEY, flowBody, FULL_KEY, PLACE, READER_KEY } from "../support/test-app.ts";

const ARN = "arn:aws:appflow:eu-west-1:111122223333:flow/orders";
const COMMANDS = [
  new CreateFlowCommand(flowBody("orders", { description: "ünïcode" }) as unknown as CreateFlowCommandInput),
  new DescribeFlowCommand({ flowName: "orders" }),
  new ListFlowsCommand({}),
  new StartFlowCommand({ flowName: "orders", clientToken: "t" }),
  new DeleteFlowCommand({ flowName: "orders" }),
  new ListTagsForResourceCommand({ resourceArn: ARN }),
  new UntagResourceCommand({ resourceArn: ARN, tagKeys: ["a", "b c", "ü/&="] }),
];

const KEYS = [FULL_KEY, READER_KEY, EXPIRED_KEY];
const keys = { find: async (wanted: string) => KEYS.find(({ id }) => id === wanted) };

/** When the request says that it was signed. */
function timeOf({ headers }: SignedRequest): number {
  const [year, month, day, hour, minute, second] = headers.get("x-amz-date")!.match(/\d\d/g)!.slice(1).map(Number);
  return Date.UTC(2000 + year!, month! - 1, day, hour, minute, second);
}

function check(request: SignedRequest, now = timeOf(request)) {
  return authenticate(request, { keys, place: PLACE, now });
}

async function failureOf(request: SignedRequest, now?: number): Promise<string> {
  const outcome: unknown = await check(request, now).catch((error: unknown) => error);
  if (!(outcome instanceof ApiError)) throw new Error("It was let in, or failed otherwise.", { cause: outcome });
  return outcome.code;
}

function withHeader(request: SignedRequest, name: string, value: string | undefined): SignedRequest {
  const headers = new Headers(request.headers);
  if (value === undefined) headers.delete(name);
  else headers.set(name, value);
  return { ...request, headers };
}

/** The same request, signed again over the given headers, as somebody with the key could do. */
function signAgain(request: SignedRequest, key: AccessKey, signedHeaders: readonly string[]): SignedRequest {
  const time = request.headers.get("x-amz-date")!;
  const scope = { date: time.slice(0, 8), region: PLACE.region, service: "appflow" };
  const signature = signatureOf(key.secret.reveal(), scope, time, {
    method: request.method,
    path: request.url.pathname,
    query: request.url.search.slice(1),
    headers: signedHeaders.map((name) => [name, request.headers.get(name) ?? ""]),
    body: request.body,
  });
  const credential = `${key.id}/${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  return withHeader(
    request,
    "authorization",
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`,
  );
}

describe("authenticate", () => {
  let requests: readonly SignedRequest[];
  /** A CreateFlow call with every header that matters. */
  let request: SignedRequest;

  beforeAll(async () => {
    requests = await Promise.all(COMMANDS.map((command) => captureRequest(command, FULL_KEY)));
    request = requests[0]!;
  });

  it("knows who signed what the official client sends", async () => {
    for (const each of requests) {
      expect(await check(each)).toEqual({ arn: "arn:aws:iam::111122223333:user/ops", user: "ops", access: "full" });
    }
    expect(await check(await captureRequest(COMMANDS[2]!, READER_KEY))).toMatchObject({ access: "read-only" });
  });

  it("lets in requests without a header for the hash of the body, as boto3 sends them", async () => {
    const bare = withHeader(request, "x-amz-content-sha256", undefined);
    const signed = signAgain(bare, FULL_KEY, ["content-type", "host", "x-amz-date"]);

    expect(await check(signed)).toMatchObject({ access: "full" });
    expect(await failureOf({ ...signed, body: Buffer.from("{}") })).toBe("InvalidSignatureException");
  });

  it("lets in headers that came several times, joined by commas", async () => {
    const signed = signAgain(withHeader(request, "x-note", "b,a,  c"), FULL_KEY, [
      "host",
      "x-amz-content-sha256",
      "x-amz-date",
      "x-note",
    ]);

    expect(await check(signed)).toMatchObject({ access: "full" });
    expect(await failureOf(withHeader(signed, "x-note", "a,b, c"))).toBe("InvalidSignatureException");
  });

  it("lets in clocks that are up to five minutes off", async () => {
    const time = timeOf(request);

    for (const skew of [-MAX_CLOCK_SKEW_MS, MAX_CLOCK_SKEW_MS]) await check(request, time + skew);
    expect(await failureOf(request, time + MAX_CLOCK_SKEW_MS + 1)).toBe("InvalidSignatureException");
    expect(await failureOf(request, time - MAX_CLOCK_SKEW_MS - 1)).toBe("InvalidSignatureException");
  });

  it.each<[string, (request: SignedRequest) => SignedRequest | Promise<SignedRequest>, string]>([
    ["no signature", (r) => withHeader(r, "authorization", undefined), "MissingAuthenticationToken"],
    [
      "a signature in the query",
      (r) => {
        const url = new URL(r.url);
        url.search = `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${FULL_KEY.id}&X-Amz-Signature=${"0".repeat(64)}`;
        return withHeader({ ...r, url }, "authorization", undefined);
      },
      "MissingAuthenticationToken",
    ],
    ["a password", (r) => withHeader(r, "authorization", "Basic dXNlcjpwYXNz"), "IncompleteSignature"],
    ["no date", (r) => withHeader(r, "x-amz-date", undefined), "IncompleteSignature"],
    [
      "a date of another form",
      (r) => withHeader(r, "x-amz-date", "Tue, 01 Jan 2030 00:00:00 GMT"),
      "IncompleteSignature",
    ],
    [
      "a time that no clock shows",
      (r) => withHeader(r, "x-amz-date", r.headers.get("x-amz-date")!.replace(/T.*/, "T999999Z")),
      "InvalidSignatureException",
    ],
    [
      "the wrong secret",
      () => captureRequest(COMMANDS[0]!, { ...FULL_KEY, secret: new Secret("wrong") }),
      "InvalidSignatureException",
    ],
    [
      "another's key",
      (r) => withHeader(r, "authorization", r.headers.get("authorization")!.replace(FULL_KEY.id, READER_KEY.id)),
      "InvalidSignatureException",
    ],
    [
      "an unknown key",
      () => captureRequest(COMMANDS[0]!, { ...FULL_KEY, id: "AKIAIOSFODNN7EXAMPLE" }),
      "UnrecognizedClientException",
    ],
    ["an expired key", () => captureRequest(COMMANDS[0]!, EXPIRED_KEY), "ExpiredTokenException"],
    [
      "an expired key and the wrong secret",
      () => captureRequest(COMMANDS[0]!, { ...EXPIRED_KEY, secret: new Secret("wrong") }),
      "InvalidSignatureException",
    ],
    [
      "a session token",
      (r) => {
        const headers = [
          ...r.headers
            .get("authorization")!
            .match(/SignedHeaders=([^,]+)/)![1]!
            .split(";"),
          "x-amz-security-token",
        ];
        return signAgain(withHeader(r, "x-amz-security-token", "token"), FULL_KEY, headers);
      },
      "UnrecognizedClientException",
    ],
    ["another body", (r) => ({ ...r, body: Buffer.concat([r.body, Buffer.from(" ")]) }), "InvalidSignatureException"],
    [
      "another body with its hash",
      (r) => withHeader({ ...r, body: Buffer.from("{}") }, "x-amz-content-sha256", sha256("{}")),
      "InvalidSignatureException",
    ],
    [
      "a body that is not signed",
      (r) =>
        signAgain(withHeader(r, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"), FULL_KEY, [
          "host",
          "x-amz-content-sha256",
          "x-amz-date",
        ]),
      "InvalidSignatureException",
    ],
    ["another path", (r) => ({ ...r, url: new URL("/delete-flow", r.url) }), "InvalidSignatureException"],
    ["a query that was not there", (r) => ({ ...r, url: new URL("?a=b", r.url) }), "InvalidSignatureException"],
    ["another method", (r) => ({ ...r, method: "PUT" }), "InvalidSignatureException"],
    ["another host", (r) => withHeader(r, "host", "127.0.0.1:8788"), "InvalidSignatureException"],
    ["a signed header less", (r) => withHeader(r, "content-type", undefined), "InvalidSignatureException"],
    ["no host", (r) => withHeader(r, "host", undefined), "InvalidSignatureException"],
    [
      "an unsigned host",
      (r) => signAgain(r, FULL_KEY, ["x-amz-content-sha256", "x-amz-date"]),
      "InvalidSignatureException",
    ],
    ["an unsigned date", (r) => signAgain(r, FULL_KEY, ["host", "x-amz-content-sha256"]), "InvalidSignatureException"],
    ["an unsigned hash", (r) => signAgain(r, FULL_KEY, ["host", "x-amz-date"]), "InvalidSignatureException"],
    ["an added session token", (r) => withHeader(r, "x-amz-security-token", "token"), "InvalidSignatureException"],
    [
      "another service",
      (r) => withHeader(r, "authorization", r.headers.get("authorization")!.replace("/appflow/", "/execute-api/")),
      "InvalidSignatureException",
    ],
    [
      "another region",
      (r) => withHeader(r, "authorization", r.headers.get("authorization")!.replace("/eu-west-1/", "/us-east-1/")),
      "InvalidSignatureException",
    ],
    [
      "a scope of another day",
      (r) => withHeader(r, "authorization", r.headers.get("authorization")!.replace(/\/\d{8}\//, "/20150830/")),
      "InvalidSignatureException",
    ],
    [
      "a signature in capitals",
      (r) =>
        withHeader(
          r,
          "authorization",
          r.headers
            .get("authorization")!
            .replace(/Signature=(.*)/, (all) => `Signature=${all.slice(10).toUpperCase()}`),
        ),
      "InvalidSignatureException",
    ],
  ])("refuses %s", async (_, change, error) => {
    expect(await failureOf(await change(request), timeOf(request))).toBe(error);
  });

  it("refuses every change of what is signed", async () => {
    const text = fc.string({ unit: fc.constantFrom(..."aA0zZ9/;=,.-_%&+~ \u00e9"), minLength: 0, maxLength: 3 });
    const edit = fc.record({ at: fc.nat(), drop: fc.nat(3), put: text });
    const target = fc.constantFrom("method", "path", "query", "body", "header", "removed", "authorization");

    await fc.assert(
      fc.asyncProperty(fc.nat(), target, fc.nat(), edit, async (which, target, choice, edit) => {
        const original = requests[which % requests.length]!;
        const changed = mutate(original, target, choice, edit);
        fc.pre(changed !== undefined && !means(changed, original));
        await failureOf(changed, timeOf(original));
      }),
      { numRuns: 5000 },
    );
  });
});

interface Edit {
  readonly at: number;
  readonly drop: number;
  readonly put: string;
}

function apply(text: string, { at, drop, put }: Edit): string {
  const from = at % (text.length + 1);
  return text.slice(0, from) + put + text.slice(from + drop);
}

/** Undefined when it makes no request that can be sent. */
function mutate(request: SignedRequest, target: string, choice: number, edit: Edit): SignedRequest | undefined {
  const signed = /SignedHeaders=([^,]+)/.exec(request.headers.get("authorization")!)![1]!.split(";");
  const name = signed[choice % signed.length]!;
  try {
    switch (target) {
      case "method":
        return { ...request, method: ["GET", "POST", "DELETE", "PUT"][choice % 4]! };
      case "path":
        return { ...request, url: new URL(apply(request.url.pathname, edit) + request.url.search, request.url) };
      case "query":
        return { ...request, url: new URL(`?${apply(request.url.search.slice(1), edit)}`, request.url) };
      case "body":
        return { ...request, body: Buffer.from(apply(Buffer.from(request.body).toString(), edit)) };
      case "header":
        return withHeader(request, name, apply(request.headers.get(name)!, edit));
      case "removed":
        return withHeader(request, name, undefined);
      default:
        return withHeader(request, "authorization", apply(request.headers.get("authorization")!, edit));
    }
  } catch {
    return undefined;
  }
}

/** True when the two requests mean the same to everyone: blanks between words and escapes of plain signs do not count. */
function means(a: SignedRequest, b: SignedRequest): boolean {
  return meaningOf(a) === meaningOf(b);
}

function meaningOf({ method, url, headers, body }: SignedRequest): string {
  const pairs = url.search
    .slice(1)
    .split("&")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return JSON.stringify([decoded(name), decoded(value.join("="))]);
    })
    .sort();
  const words = [...headers].map(([name, value]) => [
    name,
    name === "authorization" ? value.replaceAll(" ", "") : value.replaceAll(/ +/g, " "),
  ]);
  return JSON.stringify([method, url.pathname, pairs, words, Buffer.from(body).toString("hex")]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
