/** Whose key `millrace dev` makes, and shows at every start. Nobody else may have a key of this user. */
export const DEV_USER = "dev";
