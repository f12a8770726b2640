import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** An event as API Gateway sends it for a signed POST through an IAM authorizer, with what the test changes in it. */
export function httpEvent(
  changes: Partial<APIGatewayProxyEventV2> & { readonly method?: string },
): APIGatewayProxyEventV2 {
  const { method = "POST", ...rest } = changes;
  const path = rest.rawPath ?? "/check-flow";
  return {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers: {
      accept: "*/*",
      "content-length": "2",
      "content-type": "application/json",
      host: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
      "user-agent": "python-requests/2.32.3",
      "x-amz-date": "20261101T120000Z",
      "x-amzn-trace-id": "Root=1-67f0a1b2-0123456789abcdef01234567",
      "x-forwarded-for": "198.51.100.7",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    requestContext: {
      accountId: "111122223333",
      apiId: "a1b2c3d4e5",
      authorizer: {
        iam: {
          accessKey: "AKIAIOSFODNN7EXAMPLE",
          accountId: "111122223333",
          callerId: "AIDACKCEVSQ6C2EXAMPLE",
          cognitoIdentity: null,
          principalOrgId: "o-a1b2c3d4e5",
          userArn: "arn:aws:iam::111122223333:user/ana",
          userId: "AIDACKCEVSQ6C2EXAMPLE",
        },
      },
      domainName: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
      domainPrefix: "a1b2c3d4e5",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "198.51.100.7", userAgent: "python-requests/2.32.3" },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: `${method} ${path}`,
      stage: "$default",
      time: "01/Nov/2026:12:00:00 +0000",
      timeEpoch: 1793534400000,
    } as APIGatewayProxyEventV2["requestContext"],
    isBase64Encoded: false,
    ...rest,
  };
}
