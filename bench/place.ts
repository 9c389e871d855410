// Where contenders compute. Those of one place are compared with each other.

export const PLACES = ["gpu", "cpu"] as const;
export type Place = (typeof PLACES)[number];

/** Of each place, by the names that the command line gives them. */
export type ByPlace<Entry> = Readonly<Record<Place, Readonly<Record<string, Entry>>>>;
