package kazasu.judges;

/** What a judge says of a case, and why, in its own words. */
record Verdict(String name, boolean accepted, String word) {}
