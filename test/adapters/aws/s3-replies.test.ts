import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, it } from "vitest";
import { S3ObjectStore } from "../../../src/adapters/aws/s3-object-store.ts";
import { createS3Client } from "../../../src/adapters/aws/s3-client.ts";
import type { Upload } from "../../../src/sdk/object-store.ts";

/* What the adapter makes of S3's replies, those above all that no emulator gives. */

interface Reply {
  /** What is expected: the method, and parts of the path with its query. */
  readonly to: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Break the connection: before any answer, or after the body, which is then shorter than announced. */
  readonly cut?: "before" | "after";
}

const ETAG = '"0123456789abcdef0123456789abcdef"';
const DATE = "Fri, 02 Jan 2026 03:04:05 GMT";
const TOKEN = "00000000-0000-4000-8000-000000000000";
const UPLOAD: Upload = { bucket: "lake", key: "a/b.json", uploadId: `${TOKEN}.its.own-id` };
const PARTS = [{ number: 1, etag: ETAG, size: 5 }];

const COMPLETE = "POST /lake/a/b.json?uploadId=its.own-id";
const HEAD = "HEAD /lake/a/b.json";
const GET = "GET /lake/a/b.json?x-id=GetObject";
const PUT = "PUT /lake/a/b.json?x-id=PutObject";

const holds = (token: string | undefined): Reply => ({
  to: HEAD,
  headers: { etag: ETAG, "last-modified": DATE, ...(token !== undefined && { "x-amz-meta-millrace-token": token }) },
});
const OURS = holds(TOKEN);
const NOTHING: Reply = { to: HEAD, status: 404 };
const DONE: Reply = { to: COMPLETE, body: "<CompleteMultipartUploadResult/>" };
const error = (to: string, status: number, code: string): Reply => ({
  to,
  status,
  body: `<Error><Code>${code}</Code><Message>as S3 says it</Message></Error>`,
});

let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
});

/** A store whose server gives these replies, in this order, and fails for anything else. */
async function storeWith(replies: readonly Reply[]): Promise<{ store: S3ObjectStore; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const left = [...replies];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().on("end", () => answer(request, response, left.shift()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new S3Client({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: "WHEN_REQUIRED",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  close = async () => {
    client.destroy();
    await stop(server);
    expect(left).toEqual([]);
  };
  return { store: new S3ObjectStore(client), requests };
}

function answer(request: IncomingMessage, response: ServerResponse, reply: Reply | undefined): void {
  const asked = `${request.method} ${request.url}`;
  if (reply?.to !== asked) {
    response.writeHead(418).end(`<Error><Code>Unexpected</Code><Message>${asked}</Message></Error>`);
    return;
  }
  if (reply.cut === "before") {
    response.destroy();
    return;
  }
  response.writeHead(reply.status ?? 200, reply.headers);
  if (reply.cut === "after") response.write(reply.body, () => response.destroy());
  else response.end(reply.body);
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

describe("completing an upload", () => {
  const succeeds: readonly [when: string, replies: readonly Reply[]][] = [
    ["S3 says so", [DONE]],
    ["the answer is lost, and the object is ours", [{ to: COMPLETE, cut: "before" }, OURS]],
    ["the answer is lost, and the second time succeeds", [{ to: COMPLETE, cut: "before" }, NOTHING, DONE]],
    ["S3 says 200 and an error, and the object is ours", [error(COMPLETE, 200, "InternalError"), OURS]],
    ["S3 says 200 and an error, and the second time succeeds", [error(COMPLETE, 200, "InternalError"), NOTHING, DONE]],
    ["another object is there, which is replaced", [error(COMPLETE, 503, "SlowDown"), holds("another"), DONE]],
    ["an object without a token is there", [error(COMPLETE, 500, "InternalError"), holds(undefined), DONE]],
    ["somebody else is completing it", [error(COMPLETE, 409, "OperationAborted"), NOTHING, DONE]],
    ["it was completed before", [error(COMPLETE, 404, "NoSuchUpload"), OURS]],
    [
      "it turns out to have been completed at the first time",
      [error(COMPLETE, 500, "InternalError"), NOTHING, error(COMPLETE, 404, "NoSuchUpload"), OURS],
    ],
  ];

  it.each(succeeds)("succeeds when %s", async (_, replies) => {
    const { store } = await storeWith(replies);

    await expect(store.completeUpload(UPLOAD, PARTS)).resolves.toBeUndefined();
  });

  const fails: readonly [code: string, when: string, replies: readonly Reply[]][] = [
    ["NoSuchUpload", "it is gone, and nothing is there", [error(COMPLETE, 404, "NoSuchUpload"), NOTHING]],
    [
      "NoSuchUpload",
      "it is gone, and another object is there",
      [error(COMPLETE, 404, "NoSuchUpload"), holds("another")],
    ],
    ["NoSuchBucket", "the bucket is gone", [error(COMPLETE, 404, "NoSuchBucket")]],
    ["Invalid", "a part is wrong", [error(COMPLETE, 400, "InvalidPart")]],
    ["Invalid", "a part is too small", [error(COMPLETE, 400, "EntityTooSmall")]],
    ["AccessDenied", "it is not allowed", [error(COMPLETE, 403, "AccessDenied")]],
    [
      "AccessDenied",
      "nobody may see what happened",
      [error(COMPLETE, 500, "InternalError"), { to: HEAD, status: 403 }],
    ],
    [
      "Unavailable",
      "S3 stays away",
      Array.from({ length: 5 }, () => [error(COMPLETE, 503, "SlowDown"), NOTHING]).flat(),
    ],
  ];

  it.each(fails)("fails with %s when %s", async (code, _, replies) => {
    const { store } = await storeWith(replies);

    await expect(store.completeUpload(UPLOAD, PARTS)).rejects.toMatchObject({ code });
  });

  it("knows the object by the token with which the upload began", async () => {
    const { store, requests } = await storeWith([
      {
        to: "POST /lake/a/b.json?uploads=",
        body: "<InitiateMultipartUploadResult><UploadId>its.own-id</UploadId></InitiateMultipartUploadResult>",
      },
    ]);

    const upload = await store.createUpload("lake", "a/b.json", { contentType: "text/csv", metadata: { run: "1" } });

    const token = requests[0]!.headers["x-amz-meta-millrace-token"] as string;
    expect(requests[0]!.headers).toMatchObject({ "content-type": "text/csv", "x-amz-meta-run": "1" });
    expect(upload.uploadId).toBe(`${token}.its.own-id`);
  });

  it("is never made conditional", async () => {
    const { store, requests } = await storeWith([DONE]);

    await store.completeUpload(UPLOAD, PARTS);

    expect(requests[0]!.headers).not.toHaveProperty("if-none-match");
    expect(requests[0]!.headers).not.toHaveProperty("if-match");
  });
});

describe("uploads that are gone", () => {
  it("are aborted without an error", async () => {
    const { store } = await storeWith([
      error("DELETE /lake/a/b.json?uploadId=its.own-id&x-id=AbortMultipartUpload", 404, "NoSuchUpload"),
    ]);

    await expect(store.abortUpload(UPLOAD)).resolves.toBeUndefined();
  });

  it("take no part", async () => {
    const { store } = await storeWith([
      error("PUT /lake/a/b.json?partNumber=1&uploadId=its.own-id&x-id=UploadPart", 404, "NoSuchUpload"),
    ]);

    await expect(store.uploadPart(UPLOAD, 1, Buffer.from("x"))).rejects.toMatchObject({ code: "NoSuchUpload" });
  });
});

describe("copying a part", () => {
  const COPY = "PUT /lake/a/b.json?partNumber=2&uploadId=its.own-id&x-id=UploadPartCopy";
  const source = { bucket: "raw", key: "ü/x y", etag: ETAG, size: 100, from: 0, to: 100 };
  const copied = { to: COPY, body: `<CopyPartResult><ETag>${ETAG}</ETag></CopyPartResult>` };

  it("names the object that is meant, and a range only where it is not all of it", async () => {
    const { store, requests } = await storeWith([copied, copied]);

    expect(await store.copyPart(UPLOAD, 2, source)).toEqual({ number: 2, etag: ETAG, size: 100 });
    expect(await store.copyPart(UPLOAD, 2, { ...source, from: 10, to: 60 })).toMatchObject({ size: 50 });

    const sent = requests.map(({ headers }) => headers);
    expect(sent.map((headers) => headers["x-amz-copy-source"])).toEqual(Array(2).fill("raw/%C3%BC%2Fx%20y"));
    expect(sent.map((headers) => headers["x-amz-copy-source-if-match"])).toEqual([ETAG, ETAG]);
    expect(sent.map((headers) => headers["x-amz-copy-source-range"])).toEqual([undefined, "bytes=10-59"]);
  });

  it("fails with Changed when the object is another one", async () => {
    const { store } = await storeWith([error(COPY, 412, "PreconditionFailed")]);

    await expect(store.copyPart(UPLOAD, 2, source)).rejects.toMatchObject({ code: "Changed" });
  });

  it("notices a failure in an answer that says success", async () => {
    const { store } = await storeWith([{ ...error(COPY, 200, "InternalError") }]);

    await expect(store.copyPart(UPLOAD, 2, source)).rejects.toMatchObject({ code: "Unavailable" });
  });
});

describe("the clock", () => {
  it("is S3's own", async () => {
    const { store } = await storeWith([{ to: "HEAD /lake/", headers: { date: DATE } }]);

    expect(await store.clock("lake")).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });
});

describe("putting with ifAbsent", () => {
  const put = (store: S3ObjectStore) => store.put("lake", "a/b.json", Buffer.from("x"), { ifAbsent: true });

  it("fails with Exists when another object is there", async () => {
    const { store, requests } = await storeWith([error(PUT, 412, "PreconditionFailed"), OURS]);

    await expect(put(store)).rejects.toMatchObject({ code: "Exists" });
    expect(requests[0]!.headers["if-none-match"]).toBe("*");
  });

  it("tries again while somebody else is creating the object", async () => {
    const { store } = await storeWith([error(PUT, 409, "ConditionalRequestConflict"), { to: PUT }]);

    await expect(put(store)).resolves.toBeUndefined();
  });
});

describe("reading", () => {
  const whole = (body: string, announced = body.length): Reply => ({
    to: GET,
    headers: { etag: ETAG, "content-length": String(announced) },
    body,
    ...(announced > body.length && { cut: "after" }),
  });
  const rest = (body: string, announced = body.length): Reply => ({ ...whole(body, announced), status: 206 });

  it("goes on where a connection broke, in the same object", async () => {
    const { store, requests } = await storeWith([whole("hello ", 18), rest("broken ", 12), rest("world")]);

    expect(await text(store.read("lake", "a/b.json"))).toBe("hello broken world");
    expect(requests.map(({ headers }) => [headers.range, headers["if-match"]])).toEqual([
      [undefined, undefined],
      ["bytes=6-", ETAG],
      ["bytes=13-", ETAG],
    ]);
  });

  it("asks for no more than is left of a range", async () => {
    const { store, requests } = await storeWith([rest("llo", 8), rest("world")]);

    expect(await text(store.read("lake", "a/b.json", { from: 2, to: 10 }))).toBe("lloworld");
    expect(requests.map(({ headers }) => headers.range)).toEqual(["bytes=2-9", "bytes=5-9"]);
  });

  it("fails with Changed when the object was replaced meanwhile", async () => {
    const { store } = await storeWith([whole("hello ", 18), error(GET, 412, "PreconditionFailed")]);

    await expect(text(store.read("lake", "a/b.json"))).rejects.toMatchObject({ code: "Changed" });
  });

  it("gives up when nothing more comes", async () => {
    const { store } = await storeWith([whole("hello ", 18), ...Array.from({ length: 4 }, () => rest("", 12))]);

    await expect(text(store.read("lake", "a/b.json"))).rejects.toMatchObject({ code: "Unavailable" });
  });

  it("lets go of the connection when its reader stops", async () => {
    const { store, requests } = await storeWith([whole("x".repeat(8_000_000))]);

    for await (const _ of store.read("lake", "a/b.json")) break;

    await expect.poll(() => requests[0]!.socket.destroyed).toBe(true);
  });
});

describe("listing", () => {
  it("decodes keys that were encoded for XML, and follows the pages", async () => {
    const page = (key: string, token?: string) =>
      `<ListBucketResult><EncodingType>url</EncodingType>${token ? `<NextContinuationToken>${token}</NextContinuationToken>` : ""}` +
      `<Contents><Key>${key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents></ListBucketResult>`;
    const { store } = await storeWith([
      {
        to: "GET /lake/?encoding-type=url&list-type=2&prefix=in%2F&start-after=in%2Fa",
        body: page("in/a+b%2Bc%0D%C3%A9", "t/1"),
      },
      {
        to: "GET /lake/?continuation-token=t%2F1&encoding-type=url&list-type=2&prefix=in%2F&start-after=in%2Fa",
        body: page("in/%E6%97%A5%25"),
      },
    ]);

    const found = [];
    for await (const info of store.list("lake", "in/", "in/a")) found.push(info);

    expect(found).toEqual([
      { key: "in/a b+c\ré", size: 1, etag: '"e"', modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) },
      { key: "in/日%", size: 1, etag: '"e"', modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) },
    ]);
  });
});

describe("how long uploads last", () => {
  const LIFECYCLE = "GET /lake/?lifecycle=";
  const rule = (days: number, more: string, status = "Enabled") =>
    `<Rule><Status>${status}</Status>${more}<AbortIncompleteMultipartUpload>` +
    `<DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>`;

  it("is what the strictest rule says that is about their keys", async () => {
    const rules = [
      rule(9, "<Filter><Prefix></Prefix></Filter>"),
      rule(5, "<Filter><Prefix>a/</Prefix></Filter>"),
      rule(4, "<Filter><And><Prefix>a/</Prefix><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></And></Filter>"),
      rule(3, "<Prefix>b/</Prefix>"),
      rule(2, "<Prefix>a/</Prefix>", "Disabled"),
      "<Rule><Status>Enabled</Status><Prefix>a/</Prefix><Expiration><Days>1</Days></Expiration></Rule>",
    ];
    const { store } = await storeWith([
      { to: LIFECYCLE, body: `<LifecycleConfiguration>${rules.join("")}</LifecycleConfiguration>` },
    ]);

    expect(await store.uploadDays("lake", "a/b.json")).toBe(4);
  });

  it.each([
    [403, "AccessDenied"],
    [404, "NoSuchLifecycleConfiguration"],
    [501, "NotImplemented"],
  ])("is unknown when the bucket answers %d %s", async (status, code) => {
    const { store } = await storeWith([error(LIFECYCLE, status, code)]);

    expect(await store.uploadDays("lake", "a/b.json")).toBeUndefined();
  });
});

describe("other failures", () => {
  it.each([
    [301, "PermanentRedirect", "Invalid", "another region"],
    [400, "AuthorizationHeaderMalformed", "Invalid", "another region"],
    [403, "AccessDenied", "AccessDenied", "Allow the engine's role"],
    [403, "InvalidAccessKeyId", "AccessDenied", "credentials"],
    [403, "InvalidObjectState", "Invalid", "restore it"],
    [404, "NoSuchBucket", "NoSuchBucket", "create it"],
    [404, "NoSuchKey", "NoSuchObject", "no such object"],
    [400, "SomethingElse", "Invalid", "as S3 says it"],
    [429, "TooManyRequests", "Unavailable", "later"],
    [503, "SlowDown", "Unavailable", "later"],
  ])("makes %d %s a failure %s that says what to do", async (status, name, code, advice) => {
    const { store } = await storeWith([error(GET, status, name)]);

    const reading = text(store.read("lake", "a/b.json"));

    await expect(reading).rejects.toMatchObject({ code, message: expect.stringContaining(advice) });
    await expect(reading).rejects.toThrow("`s3://lake/a/b.json`");
  });

  it("says so when no server answers", async () => {
    const { store } = await storeWith([{ to: HEAD, cut: "before" }]);

    await expect(store.head("lake", "a/b.json")).rejects.toMatchObject({ code: "Unavailable" });
  });
});

describe("createS3Client", () => {
  it("puts the bucket into the path for a server of one's own, and into the host name for Amazon's", async () => {
    const own = createS3Client({ region: "eu-west-1", endpoint: "http://127.0.0.1:9000" });
    const amazon = createS3Client({ region: "eu-west-1" });

    expect(own.config.forcePathStyle).toBe(true);
    expect(amazon.config.forcePathStyle).toBe(false);
    expect(await amazon.config.region()).toBe("eu-west-1");
  });
});
