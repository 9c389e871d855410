/** The version in package.json, as a test holds us to. */
export const version = "0.1.0";
