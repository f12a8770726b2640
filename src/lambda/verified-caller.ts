import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithIAMAuthorizer } from "aws-lambda";
import type { Caller } from "../api/authenticate.ts";

/**
 * Whom API Gateway's IAM authorizer found to have signed the request. What they may do, IAM has decided by the route. Fails
 * when the event did not come through that authorizer, for then nobody knows who sent it.
 */
export function verifiedCaller(event: APIGatewayProxyEventV2): Caller {
  const { authorizer } = event.requestContext as Partial<APIGatewayProxyEventV2WithIAMAuthorizer["requestContext"]>;
  const arn = authorizer?.iam?.userArn;
  if (!arn) throw new Error("The route has no IAM authorizer, and MILLRACE_AUTH says that it has.");
  return { arn, user: arn.slice(arn.lastIndexOf("/") + 1), access: "full" };
}
