"""Seeds that have shown something, each with what it was; all of them run with every test of everything."""

REGRESSIONS = {
    24: "while broken glass makes two writers, what one of them stores may be absent in the other until it arrives",
    145: "nobody could store for longer than the bound although two regions were well",
}
