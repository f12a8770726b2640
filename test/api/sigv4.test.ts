import { describe, expect, it } from "vitest";
import { parseAuthorization, signatureOf, type SignedParts } from "../../src/api/sigv4.ts";

const HOST = ["host", "example.amazonaws.com"] as const;
const DATE = ["x-amz-date", "20150830T123600Z"] as const;
const FORM = ["content-type", "application/x-www-form-urlencoded"] as const;

/** AWS's own test suite for Signature Version 4, as far as it concerns what this service can be sent. */
const VECTORS: readonly (readonly [name: string, parts: Partial<SignedParts>, signature: string])[] = [
  ["get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  ["post-vanilla", { method: "POST" }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  ["get-utf8", { path: "/ሴ" }, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"],
  [
    "get-vanilla-query-order-key-case",
    { query: "Param2=value2&Param1=value1" },
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "get-header-key-duplicate",
    { headers: [HOST, ["my-header1", "value2,value2,value1"], DATE] },
    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
  ],
  [
    "get-header-value-trim",
    { headers: [HOST, ["my-header1", " value1"], ["my-header2", ' "a   b   c"'], DATE] },
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  ],
  [
    "post-x-www-form-urlencoded",
    { method: "POST", headers: [FORM, HOST, DATE], body: Buffer.from("Param1=value1") },
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
];

describe("signatureOf", () => {
  it.each(VECTORS)("agrees with AWS on %s", (_, changes, signature) => {
    const parts = { method: "GET", path: "/", query: "", headers: [HOST, DATE], body: new Uint8Array(), ...changes };
    const scope = { date: "20150830", region: "us-east-1", service: "service" };

    expect(signatureOf("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope, DATE[1], parts)).toBe(signature);
  });

  it("agrees with the example in the IAM user guide", () => {
    const scope = { date: "20150830", region: "us-east-1", service: "iam" };
    const signature = signatureOf("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope, DATE[1], {
      method: "GET",
      path: "/",
      query: "Action=ListUsers&Version=2010-05-08",
      headers: [["content-type", `${FORM[1]}; charset=utf-8`], ["host", "iam.amazonaws.com"], DATE],
      body: new Uint8Array(),
    });

    expect(signature).toBe("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  });
});

describe("parseAuthorization", () => {
  const CREDENTIAL = "Credential=KEY/20150830/us-east-1/appflow/aws4_request";

  it.each([
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=abc`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL},SignedHeaders=host;x-amz-date,Signature=abc`,
    `AWS4-HMAC-SHA256   Signature=abc, SignedHeaders=host;x-amz-date, ${CREDENTIAL}`,
  ])("reads %s", (header) => {
    expect(parseAuthorization(header)).toEqual({
      accessKeyId: "KEY",
      scope: { date: "20150830", region: "us-east-1", service: "appflow" },
      signedHeaders: ["host", "x-amz-date"],
      signature: "abc",
    });
  });

  it.each([
    "",
    "AWS4-HMAC-SHA256",
    "Basic dXNlcjpwYXNz",
    `AWS4-ECDSA-P256-SHA256 ${CREDENTIAL}, SignedHeaders=host, Signature=abc`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host, Signature=`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=, Signature=abc`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host;, Signature=abc`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=hosté, Signature=abc`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=Host, Signature=abc`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host, Signature=abc, Signature=def`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host, Signature=abc, More=x`,
    `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host, Signature=a=b`,
    "AWS4-HMAC-SHA256 Credential=KEY, SignedHeaders=host, Signature=abc",
    "AWS4-HMAC-SHA256 Credential=/20150830/us-east-1/appflow/aws4_request, SignedHeaders=host, Signature=abc",
    "AWS4-HMAC-SHA256 Credential=KEY/20150830/us-east-1/appflow/aws4, SignedHeaders=host, Signature=abc",
    "AWS4-HMAC-SHA256 Credential=KEY/20150830/us-east-1/appflow/aws4_request/x, SignedHeaders=host, Signature=abc",
  ])("finds no authorization in %j", (header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });
});
