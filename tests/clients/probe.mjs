// Run after a recipe, in the same module: writes what the recipe loaded, by name, as column types and rows.
{
  const { writeFileSync } = await import('node:fs')
  const kind = (value) => (value instanceof Date ? 'Date' : typeof value)
  const plain = (value) =>
    value instanceof Date ? value.toISOString().slice(0, 10) : typeof value === 'bigint' ? Number(value) : value
  const found = (rows) => ({
    types: Object.fromEntries(
      Object.keys(rows[0]).map((name) => [
        name,
        [...new Set(rows.map((row) => row[name]).filter((value) => value !== null).map(kind))].sort().join('/'),
      ]),
    ),
    rows: rows.map((row) => Object.values(row).map(plain)),
  })
  // Only the module itself knows its variables by name.
  const loaded = Object.fromEntries(process.env.IQSY_PROBE.split(' ').map((name) => [name, found(eval(name))]))
  writeFileSync(process.env.IQSY_PROBE_OUT, JSON.stringify(loaded))
}
