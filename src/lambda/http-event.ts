import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** A Lambda function behind an HTTP API. */
export type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Lets a function from `Request` to `Response` answer the events of an API Gateway HTTP API, payload format 2.0
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html). Bodies may
 * hold any bytes in both directions.
 */
export function answerHttpEvents(
  handle: (request: Request, event: APIGatewayProxyEventV2) => Promise<Response>,
): HttpHandler {
  return async (event) => resultOf(await handle(requestOf(event), event));
}

function requestOf({
  rawPath,
  rawQueryString,
  headers,
  cookies,
  body,
  isBase64Encoded,
  requestContext,
}: APIGatewayProxyEventV2): Request {
  const url = new URL(`https://${requestContext.domainName}`);
  // An HTTP API hands the path over decoded: a question mark in it is not where the query begins.
  url.pathname = rawPath.replace(PARAMETER, (_, before: string, value: string) => before + encode(value));
  url.search = rawQueryString;

  const sent = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, value);
  if (cookies !== undefined) sent.set("cookie", cookies.join("; "));

  const { method } = requestContext.http;
  const mayHaveBody = method !== "GET" && method !== "HEAD";
  return new Request(url, {
    method,
    headers: sent,
    ...(mayHaveBody && body !== undefined && { body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8") }),
  });
}

/**
 * The one parameter that paths of the API have. Clients encode all of it but what is never encoded, slashes and colons too
 * (https://smithy.io/2.0/spec/http-bindings.html#httplabel-trait), and that is what they sign.
 */
const PARAMETER = /^(\/tags\/)(.+)$/s;

/** Encodes a value, whether or not it is encoded already: no ARN of ours has a percent sign in it. */
function encode(value: string): string {
  return encodeURIComponent(decode(value)).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const headers = new Headers(response.headers);
  const cookies = headers.getSetCookie();
  headers.delete("set-cookie");

  const body = Buffer.from(await response.arrayBuffer());
  const isText = TEXT.test(headers.get("content-type") ?? "");
  return {
    statusCode: response.status,
    headers: Object.fromEntries(headers),
    ...(cookies.length > 0 && { cookies }),
    body: body.toString(isText ? "utf8" : "base64"),
    isBase64Encoded: !isText,
  };
}

/** Types whose bytes are UTF-8. */
const TEXT = /^(application\/json|text\/[\w.+-]+; *charset=utf-8)$/i;
