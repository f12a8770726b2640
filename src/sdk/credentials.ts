import { ConnectorError } from "./connector-error.ts";
import type { Json, JsonObject } from "./json.ts";
import { Secret } from "./secret.ts";

/** What the vault keeps of a profile. Members of members are named with a point: `oAuth2Credentials.accessToken`. */
export class Credentials {
  readonly #json: JsonObject;

  constructor(json: JsonObject) {
    this.#json = json;
  }

  /** Whether the member is a text that is not empty: clients send an empty one for what they do not have. */
  has(path: string): boolean {
    return this.text(path) !== undefined;
  }

  /** A member that opens something. Fails with `InvalidCredentials` when the profile does not have it. */
  secret(path: string): Secret {
    const text = this.text(path);
    if (text !== undefined) return new Secret(text);
    throw new ConnectorError("InvalidCredentials", `The profile has no ${path} — update it with new credentials`);
  }

  /** A member that opens nothing, such as the address which a system told with its tokens. */
  text(path: string): string | undefined {
    let value: Json | undefined = this.#json;
    for (const name of path.split(".")) {
      value = typeof value === "object" && value !== null ? (value as JsonObject)[name] : undefined;
    }
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /** Every text in it: what answers and messages must not show. */
  all(): readonly Secret[] {
    return textsIn(this.#json).map((text) => new Secret(text));
  }

  toJSON(): string {
    return "***";
  }
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
