import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerHttpEvents } from "../../src/lambda/http-event.ts";
import { httpEvent } from "./http-events.ts";

describe("answerHttpEvents", () => {
  it("makes the request that the caller sent", async () => {
    const request = await received(httpEvent({ rawQueryString: "tagKeys=a&tagKeys=b%20c", body: `{"x":"ü"}` }));

    expect(request.method).toBe("POST");
    expect(request.url).toBe(
      "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/check-flow?tagKeys=a&tagKeys=b%20c",
    );
    expect(request.headers.get("host")).toBe("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com");
    expect(request.headers.get("x-amz-date")).toBe("20261101T120000Z");
    expect(await request.text()).toBe(`{"x":"ü"}`);
  });

  it.each([
    [
      "/tags/arn:aws:appflow:eu-west-1:111122223333:flow/f?1",
      "/tags/arn%3Aaws%3Aappflow%3Aeu-west-1%3A111122223333%3Aflow%2Ff%3F1",
    ],
    ["/tags/f#1", "/tags/f%231"],
    ["/two words/ü", "/two%20words/%C3%BC"],
    ["/tags/arn%3Aaws", "/tags/arn%3Aaws"],
    ["//elsewhere.example/x", "//elsewhere.example/x"],
  ])("keeps the path %j a path", async (rawPath, expected) => {
    const request = await received(httpEvent({ rawPath, rawQueryString: "q=1" }));

    const url = new URL(request.url);
    expect([url.hostname, url.pathname, url.search]).toEqual([
      "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
      expected,
      "?q=1",
    ]);
  });

  it("gives cookies back their header", async () => {
    const request = await received(httpEvent({ cookies: ["a=1", "b=2"] }));

    expect(request.headers.get("cookie")).toBe("a=1; b=2");
  });

  it("takes requests that have no body", async () => {
    const posted = await received(httpEvent({}));
    const got = await received(httpEvent({ method: "GET", body: "ignored" }));

    expect([posted.body, got.body]).toEqual([null, null]);
  });

  it("carries any bytes both ways", async () => {
    const echo = answerHttpEvents(async (request) => new Response(await request.bytes()));

    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        const result = await echo(httpEvent({ body: Buffer.from(bytes).toString("base64"), isBase64Encoded: true }));

        expect(result.isBase64Encoded).toBe(true);
        expect(new Uint8Array(Buffer.from(result.body ?? "", "base64"))).toEqual(bytes);
      }),
    );
  });

  it("answers JSON as text, with status and headers", async () => {
    const answer = answerHttpEvents(() =>
      Promise.resolve(Response.json({ name: "ü" }, { status: 402, headers: { "x-amzn-ErrorType": "Full" } })),
    );

    expect(await answer(httpEvent({}))).toEqual({
      statusCode: 402,
      headers: { "content-type": "application/json", "x-amzn-errortype": "Full" },
      body: `{"name":"ü"}`,
      isBase64Encoded: false,
    });
  });

  it("answers every cookie apart", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
      ["set-cookie", "b=2"],
    ]);
    const answer = answerHttpEvents(() => Promise.resolve(new Response(null, { status: 204, headers })));

    expect(await answer(httpEvent({}))).toMatchObject({
      statusCode: 204,
      headers: {},
      cookies: ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"],
    });
  });
});

async function received(event: Parameters<ReturnType<typeof answerHttpEvents>>[0]): Promise<Request> {
  const requests: Request[] = [];
  await answerHttpEvents((request) => {
    requests.push(request);
    return Promise.resolve(new Response());
  })(event);
  return requests[0]!;
}
