"""Seeds that have shown something, each with what it was; all of them run with every test of everything."""

REGRESSIONS = {
    24: "while broken glass makes two writers, what one of them stores may be absent in the other until it arrives",
    145: "nobody could store for longer than the bound although two regions were well",
    4834: "what waits in a retry queue waits on for `dr start` while an operator holds the writer",
    4938: "what the owner stores while a takeover settles may be missing in the region that opens",
    1386451076: "a region was lost with its clock an hour behind: replication seemed to lag, and its peer rang instead",
    2549358363: "what the owner stores may be absent, until it arrives, in a region whose glass was broken",
    2549358370: "a ticker that stood still counted its region as fit meanwhile, since its clock had stood still too",
}
