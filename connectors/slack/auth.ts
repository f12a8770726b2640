import type { OAuthSheet } from "#sdk";

/**
 * The user's token is in a member of its own; what stands at the top is a bot's:
 * https://docs.slack.dev/reference/methods/oauth.v2.access
 */
export function oauth(): OAuthSheet {
  return {
    grant: "authorization-code",
    tokenUrl: new URL("https://slack.com/api/oauth.v2.access"),
    answerMember: "authed_user",
  };
}
