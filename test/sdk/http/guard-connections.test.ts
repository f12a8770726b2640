import { isIPv6, type LookupFunction } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConnectorError } from "../../../src/sdk/connector-error.ts";
import { compose, type Dispatch } from "../../../src/sdk/http/dispatch.ts";
import { followRedirects } from "../../../src/sdk/http/follow-redirects.ts";
import { openConnections } from "../../../src/sdk/http/send.ts";
import { startServer, type TestServer } from "../../support/http-server.ts";
import { ADDRESSES, NAMES } from "./spellings.ts";

/** A documentation address (RFC 5737): public by the rules, and nobody is there. */
const PUBLIC = "203.0.113.1";

const REMEDY = /whoever runs the engine can allow its origin with MILLRACE_ALLOW_ORIGINS/;

/** What the guard protects: the same port on both loopback addresses. */
let inside: readonly TestServer[];
/** An allowed server that redirects to whatever its query names. */
let door: TestServer;

beforeAll(async () => {
  const first = await startServer((_, response) => response.end("inside"));
  inside = [first, await startServer((_, response) => response.end("inside"), "::1", first.port)];
  door = await startServer((request, response) => {
    const target = new URL(request.url!, "http://door").pathname.slice(1);
    response.writeHead(302, { location: `http://${target}:${first.port}/` }).end();
  });
});

afterAll(async () => {
  for (const server of [...inside, door]) await server[Symbol.asyncDispose]();
});

const reached = () => inside.reduce((sum, server) => sum + server.connections(), 0);

async function outcome(send: Dispatch, url: string): Promise<unknown> {
  const signal = AbortSignal.timeout(300);
  return send({ method: "GET", url: new URL(url), signal }).catch((error: unknown) => error);
}

describe("guardConnections", () => {
  it("reaches what is allowed, so the servers of these tests can be reached", async () => {
    const allowed = new Set(inside.map(({ origin }) => origin));
    const connections = openConnections({ allowed });

    for (const { origin } of inside) expect(await outcome(connections.send, origin)).toMatchObject({ status: 200 });

    await connections.close();
    expect(reached()).toBe(2);
  });

  it.each([...ADDRESSES, ...NAMES])("connects to this machine under no name: %s", async (spelling) => {
    const before = reached();
    const connections = openConnections({ allowed: new Set([door.origin]) });
    const send = compose(connections.send, [followRedirects]);
    const doors = door.connections();

    const direct = await outcome(connections.send, `http://${spelling}:${inside[0]!.port}/`);
    const redirected = await outcome(send, `${door.origin}/${spelling}`);

    await connections.close();
    expect(door.connections()).toBe(doors + 1);
    expect(reached()).toBe(before);
    const known = ADDRESSES.includes(spelling) || spelling.toLowerCase() === "localhost";
    for (const error of [direct, redirected]) {
      expect(error).toBeInstanceOf(ConnectorError);
      if (known) expect(error).toMatchObject({ code: "InvalidArgument", message: expect.stringMatching(REMEDY) });
    }
  });

  const MIXES: readonly (readonly string[])[] = [
    ["127.0.0.1"],
    ["::1"],
    [PUBLIC, "127.0.0.1"],
    ["127.0.0.1", PUBLIC],
    [PUBLIC, "::1"],
    ["::1", PUBLIC],
    ["2001:db8::1", "127.0.0.1"],
    [PUBLIC, "2001:db8::1", "::ffff:127.0.0.1"],
    [PUBLIC, "10.0.0.1"],
    [],
  ];

  it.each(MIXES.map((mix) => [mix]))("refuses a name when any of its addresses is private: %j", async (mix) => {
    const before = reached();
    const connections = openConnections({ allowed: new Set(), lookup: answering(() => mix) });

    const error = await outcome(connections.send, `http://rebind.example:${inside[0]!.port}/`);

    await connections.close();
    expect(error).toMatchObject({ code: "InvalidArgument" });
    expect(reached()).toBe(before);
  });

  it("is not deceived by a name that changes its address between two looks", async () => {
    const before = reached();
    const answers = [PUBLIC, "127.0.0.1", PUBLIC, "::1"];
    let looks = 0;
    const connections = openConnections({
      allowed: new Set(),
      lookup: answering(() => [answers[looks++ % answers.length]!]),
    });
    const url = `http://rebind.example:${inside[0]!.port}/`;

    const errors = [];
    for (const _ of answers) errors.push(await outcome(connections.send, url));

    await connections.close();
    expect(looks).toBe(answers.length);
    expect(reached()).toBe(before);
    expect(errors.map((error) => (error as { code: unknown }).code === "InvalidArgument")).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it("sends nothing to a peer that turns out to be private", async () => {
    let requests = 0;
    await using server = await startServer((_, response) => {
      requests++;
      response.end();
    });
    let reads = 0;
    const lookup: LookupFunction = (_, __, callback) =>
      callback(null, [
        {
          family: 4,
          // Public when it is checked, this machine when it is connected to.
          get address() {
            return reads++ === 0 ? PUBLIC : "127.0.0.1";
          },
        },
      ]);
    const connections = openConnections({ allowed: new Set(), lookup });

    const error = await outcome(connections.send, `http://rebind.example:${server.port}/`);

    await connections.close();
    expect(error).toMatchObject({ code: "InvalidArgument" });
    expect([server.connections(), requests]).toEqual([1, 0]);
  });

  it("does not tell what a name stands for inside", async () => {
    const connections = openConnections({ allowed: new Set(), lookup: answering(() => ["10.1.2.3"]) });

    const error = await outcome(connections.send, "http://intranet.example/");

    await connections.close();
    expect(String(error)).toContain("intranet.example");
    expect(String(error)).not.toContain("10.1.2.3");
  });

  it("allows an origin, not its host", async () => {
    const before = reached();
    const connections = openConnections({ allowed: new Set([door.origin]) });

    const error = await outcome(connections.send, `http://127.0.0.1:${inside[0]!.port}/`);

    await connections.close();
    expect(error).toMatchObject({ code: "InvalidArgument" });
    expect(reached()).toBe(before);
  });
});

function answering(addresses: () => readonly string[]): LookupFunction {
  return (_, __, callback) =>
    callback(
      null,
      addresses().map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })),
    );
}
