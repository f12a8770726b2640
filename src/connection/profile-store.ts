import type { RememberedCall } from "../store/remembered-call.ts";
import type { WriteResult } from "../store/write-result.ts";
import type { Profile } from "./profile.ts";

/** Where profiles are kept. Reads see every earlier write. A write remembers its call with it, where it is given one. */
export interface ProfileStore {
  /** Refused when a profile of that name exists. */
  create(profile: Profile, call?: RememberedCall): Promise<WriteResult>;
  get(name: string): Promise<Profile | undefined>;
  /** Replaces a profile whose stored version is one less than the given one's; refused when it is another or gone. */
  update(profile: Profile, call?: RememberedCall): Promise<WriteResult>;
  /** Up to `limit` profiles in the order of their names, those after `after` only, of one connector and label if given. */
  list(limit: number, filter: ProfileFilter): Promise<readonly Profile[]>;
  /** How many profiles there are, counted up to `limit`. */
  count(limit: number): Promise<number>;
  /** False when there is none. */
  delete(name: string): Promise<boolean>;

  /**
   * Takes the right to renew the profile's tokens, until `until`. False while somebody else has it. It saves a renewal
   * that another would undo; whether the new tokens are stored is decided by the vault's versions alone.
   */
  claimRenewal(name: string, claim: RenewalClaim): Promise<boolean>;
  /** Gives the right back; nothing happens when it is somebody else's by now. */
  releaseRenewal(name: string, holder: string): Promise<void>;
}

export interface ProfileFilter {
  readonly after?: string | undefined;
  readonly connector?: string | undefined;
  readonly label?: string | undefined;
}

/** Times in milliseconds since 1970. */
export interface RenewalClaim {
  readonly holder: string;
  readonly now: number;
  readonly until: number;
}
