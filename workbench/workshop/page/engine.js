// Answers from the cube of the twin: the counting, the intervals and the trend of the Python package, in plain JavaScript.
const TAIL = 0.025 // of a 95% interval
const Z = DATA.z

function bytes(text) {
  const raw = atob(text)
  const found = new Uint8Array(raw.length)
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i)
  return found.buffer
}

const CUBE = {
  nonFatal: new Uint16Array(bytes(DATA.cube.nonFatal)),
  fatal: new Uint8Array(bytes(DATA.cube.fatal)),
  employed: new Uint16Array(bytes(DATA.cube.employed)), // in tens of people, as the twin has them
}
CUBE.all = CUBE.nonFatal.map((value, cell) => value + CUBE.fatal[cell])
const AXES = ["nuts2", "nace1", "sex", "age_group", "year"]
const CODES = DATA.codes // of each axis, and of the countries
const COUNTRY = CODES.nuts2.map((code) => CODES.nuts0.indexOf(code.slice(0, 2)))
const WEIGHT = CODES.nuts2.map((code) => DATA.weights[code.slice(0, 2)] || 1) // accidents that a record stands for

/** A selection: sets of codes by axis, empty for all; `severity` is "", "FAT" or "D_GE4". */
function places(selection, axis) {
  const chosen = selection[axis] || []
  const all = CODES[axis].map((_code, place) => place)
  if (!chosen.length) return all
  return all.filter((place) => {
    const code = CODES[axis][place]
    return chosen.includes(code) || (axis === "nuts2" && chosen.some((region) => code.startsWith(region)))
  })
}

/** Where each place of an axis goes among the groups: `by` names axes, or nuts0 for countries. */
function groups(by) {
  let size = 1
  const steps = Object.fromEntries(AXES.map((axis) => [axis, new Int32Array(CODES[axis].length)]))
  for (const name of [...by].reverse()) {
    const axis = name === "nuts0" ? "nuts2" : name
    for (let place = 0; place < CODES[axis].length; place++) steps[axis][place] = size * (name === "nuts0" ? COUNTRY[place] : place)
    size *= CODES[name].length
  }
  return { size, steps }
}

/** Accidents, people at risk and the variance of the accidents, for each group. */
function sums(selection, by) {
  const { size, steps } = groups(by)
  const count = new Float64Array(size), people = new Float64Array(size), variance = new Float64Array(size)
  const [regions, sectors, sexes, ages, years] = AXES.map((axis) => places(selection, axis))
  const counted = { FAT: CUBE.fatal, D_GE4: CUBE.nonFatal }[selection.severity || ""] || CUBE.all
  const [S, X, A, Y] = AXES.slice(1).map((axis) => CODES[axis].length)
  const byYear = by.includes("year")
  for (const r of regions) {
    const extra = selection.severity === "FAT" ? 0 : WEIGHT[r] - 1 // deaths are never weighted
    for (const s of sectors) for (const x of sexes) for (const a of ages) {
      const start = (((r * S + s) * X + x) * A + a) * Y
      const group = steps.nuts2[r] + steps.nace1[s] + steps.sex[x] + steps.age_group[a]
      let n = 0, at_risk = 0, mild = 0 // of all years, unless each is a group: half the time of adding cell by cell
      for (const y of years) {
        const cell = start + y
        n += counted[cell]
        at_risk += CUBE.employed[cell]
        if (extra) mild += CUBE.nonFatal[cell]
        if (!byYear) continue
        const to = group + steps.year[y]
        count[to] += n
        people[to] += 10 * at_risk
        variance[to] += n + extra * mild
        n = at_risk = mild = 0
      }
      count[group] += n
      people[group] += 10 * at_risk
      variance[group] += n + extra * mild
    }
  }
  return { count, people, variance, size }
}

/** A rate per 100,000 with Garwood's limits of the effective count (Dobson 1991 where records are weighted). */
function rate(count, people, variance) {
  if (!people) return { count, people, variance, value: NaN, low: NaN, high: NaN, records: 0, state: "missing" }
  const weight = count ? variance / count : 1
  const records = count / weight
  const unit = 100000 / people
  const low = count ? gammaQuantile(records, TAIL, true) * weight * unit : 0
  const high = gammaQuantile(records + 1, TAIL, false) * weight * unit
  return { count, people, variance, value: count * unit, low, high, records, state: state(count, records) }
}

const state = (count, records) => (count === 0 ? "zero" : records < 10 ? "unreliable" : "")

/** The rate of several rows together. */
function together(rows) {
  const [count, people, variance] = ["count", "people", "variance"].map((name) => rows.reduce((sum, row) => sum + row[name], 0))
  return rate(count, people, variance)
}

/** One row for each group: its codes and its rate; without limits they take no time, where none is shown. */
function ask(selection, by, limits = true) {
  const { count, people, variance, size } = sums(selection, by)
  const rows = []
  for (let at = 0; at < size; at++) {
    const row = {}
    let rest = at
    for (const name of [...by].reverse()) {
      row[name] = CODES[name][rest % CODES[name].length]
      rest = Math.floor(rest / CODES[name].length)
    }
    const known = people[at] > 0
    const plain = { count: count[at], people: people[at], value: known ? (100000 * count[at]) / people[at] : NaN,
      state: known ? state(count[at], count[at] && count[at] ** 2 / variance[at]) : "missing" }
    rows.push(Object.assign(row, limits ? rate(count[at], people[at], variance[at]) : plain))
  }
  return rows
}

/** The log-linear trend of each unbroken span: Poisson, widened where the years scatter more, as fit_trend does. */
function trend(selection) {
  return trendOf(ask(selection, ["year"]), selection)
}

/** The same from the rates of all years, which other answers need too. */
function trendOf(rates, selection) {
  const chosen = (selection.year || []).length ? selection.year : CODES.year
  const points = rates.filter((row) => row.people > 0 && chosen.includes(row.year))
  const sectors = selection.nace1 || []
  const concerns = !sectors.length || sectors.some((code) => DATA.breakAt.sectors.includes(code))
  const cut = concerns && Math.min(...chosen) < DATA.breakAt.year && DATA.breakAt.year <= Math.max(...chosen)
  const parts = cut
    ? [points.filter((row) => row.year < DATA.breakAt.year), points.filter((row) => row.year >= DATA.breakAt.year)]
    : [points]
  return { points, spans: parts.filter((part) => part.length).map(line) }
}

function line(part) {
  const span = { first: part[0].year, last: part[part.length - 1].year, n: part.length, apc: NaN, low: NaN, high: NaN, fitted: [] }
  const total = part.reduce((sum, row) => sum + row.count, 0)
  if (part.length < 3) return { ...span, why: "short" }
  if (total === 0) return { ...span, why: "none" }
  if (total === Math.max(part[0].count, part[part.length - 1].count)) return { ...span, why: "end" }
  const centre = part.reduce((sum, row) => sum + row.year, 0) / part.length
  const t = part.map((row) => row.year - centre)
  // The steps and the end of poisson_line: a line that is fitted further differs from it in the ninth digit.
  const most = Math.max(...part.map((row) => row.count)), add = (f) => part.reduce((sum, row, i) => sum + f(row, i), 0)
  let mean = part.map((row) => row.count + 0.5)
  let response = part.map((row, i) => Math.log(mean[i]) - Math.log(row.people))
  let a, b
  for (let step = 0; step < 60; step++) {
    const [w, wt, wtt] = [0, 1, 2].map((power) => add((_row, i) => mean[i] * t[i] ** power))
    const [y, yt] = [0, 1].map((power) => add((_row, i) => mean[i] * response[i] * t[i] ** power))
    a = (wtt * y - wt * yt) / (w * wtt - wt ** 2)
    b = (w * yt - wt * y) / (w * wtt - wt ** 2)
    mean = part.map((row, i) => row.people * Math.exp(a + b * t[i]))
    response = part.map((row, i) => a + b * t[i] + (row.count - mean[i]) / mean[i])
    const score = [0, 1].map((power) => Math.abs(add((row, i) => (row.count - mean[i]) * t[i] ** power)))
    if (Math.max(...score) < 1e-9 * (1 + most)) break
  }
  const information = [0, 1, 2].map((power) => add((_row, i) => mean[i] * t[i] ** power))
  const phi = mean.reduce((sum, m, i) => sum + (part[i].count - m) ** 2 / m, 0) / (part.length - 2)
  const wider = Math.max(1, phi), quantile = phi > 1 ? DATA.t[part.length - 2] : Z
  const det = information[0] * information[2] - information[1] ** 2
  const covariance = [information[2], -information[1], information[0]].map((value) => (wider * value) / det)
  const error = Math.sqrt(covariance[2])
  const percent = (slope) => 100 * Math.expm1(slope)
  const fitted = part.map((row, i) => {
    const value = a + b * t[i]
    const reach = quantile * Math.sqrt(covariance[0] + 2 * t[i] * covariance[1] + t[i] ** 2 * covariance[2])
    const [middle, low, high] = [value, value - reach, value + reach].map((log) => 100000 * Math.exp(log))
    return { year: row.year, value: middle, low, high }
  })
  return { ...span, apc: percent(b), low: percent(b - quantile * error), high: percent(b + quantile * error), phi, fitted }
}

/** x^a e^-x / Gamma(a + 1), without the loss of digits of its three large factors. */
function gammaTerm(a, x) {
  if (a < 12) { // Gamma(a + 1) from that of a larger argument
    let product = 1, b = a
    while (b < 12) product *= ++b
    return Math.exp(a * Math.log(x) - x - b * Math.log(b) + b - stirling(b)) / Math.sqrt(2 * Math.PI * b) * product
  }
  const u = (x - a) / a
  return Math.exp(-a * (u - Math.log1p(u)) - stirling(a)) / Math.sqrt(2 * Math.PI * a)
}

const stirling = (a) => 1 / (12 * a) - 1 / (360 * a ** 3) + 1 / (1260 * a ** 5) - 1 / (1680 * a ** 7) + 1 / (1188 * a ** 9)

/** The share of a gamma distribution of shape a below x, and above x. */
function gammaShares(a, x) {
  const term = gammaTerm(a, x)
  if (x < a + 1) {
    let sum = 1, part = 1
    for (let n = 1; part > sum * 1e-17; n++) sum += part *= x / (a + n)
    return [term * sum, 1 - term * sum]
  }
  let b = x + 1 - a, c = 1e300, d = 1 / b, h = d // Lentz
  for (let i = 1; i < 100000; i++) {
    const an = -i * (i - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return [1 - term * a * h, term * a * h]
}

/** The x with a share `tail` below it (`lower`) or above it: Halley from Wilson and Hilferty's first guess. */
function gammaQuantile(a, tail, lower) {
  let x = a * (1 - 1 / (9 * a) + ((lower ? -1 : 1) * Z) / (3 * Math.sqrt(a))) ** 3
  for (let step = 0; step < 40; step++) {
    const [below, above] = gammaShares(a, x)
    const density = (gammaTerm(a, x) * a) / x
    const miss = (lower ? below - tail : tail - above) / density
    const move = miss / (1 - 0.5 * Math.min(1, miss * ((a - 1) / x - 1)))
    x = x - move > 0 ? x - move : x / 2
    if (Math.abs(move) < 1e-14 * x) break
  }
  return x
}

/** SHA-256 of a text, in hexadecimal: a page that was opened from a disk may have no crypto.subtle. */
function sha256(text) {
  const data = new TextEncoder().encode(text)
  const primes = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n)
  const part = (value) => ((value - Math.floor(value)) * 4294967296) | 0
  const K = primes.map((p) => part(Math.cbrt(p)))
  const H = primes.slice(0, 8).map((p) => part(Math.sqrt(p)))
  const padded = new Uint8Array(((data.length + 8 >> 6) + 1) << 6)
  padded.set(data)
  padded[data.length] = 128
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, data.length * 8)
  const turn = (value, n) => (value >>> n) | (value << (32 - n))
  for (let at = 0; at < padded.length; at += 64) {
    const w = []
    for (let i = 0; i < 16; i++) w.push(view.getInt32(at + 4 * i))
    for (let i = 16; i < 64; i++) {
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3)
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10)
      w.push((w[i - 16] + s0 + w[i - 7] + s1) | 0)
    }
    let [a, b, c, d, e, f, g, h] = H
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
    }
    ;[a, b, c, d, e, f, g, h].forEach((value, i) => (H[i] = (H[i] + value) | 0))
  }
  return H.map((value) => (value >>> 0).toString(16).padStart(8, "0")).join("")
}

/** A number as people of the page's language type it: 1,234.5 or 1.234,5 or 1 234,5; 1234.5 is understood everywhere. */
function typed(text) {
  const plain = text.replace(/\s/g, "").replace("−", "-")
  const comma = (1.5).toLocaleString(T.locale).includes(",")
  if (!comma) return Number(plain.replace(/,/g, ""))
  const grouped = /^-?\d{1,3}(\.\d{3})+(,\d+)?$/.test(plain)
  return Number((grouped ? plain.replace(/\./g, "") : plain).replace(",", "."))
}

/** Whether an answer is right, and what is said to it: the same as workbench.workshop.check. */
function check(question, text) {
  const asked = DATA.questions[question]
  if (!text.trim()) return { passed: false, message: T.noAnswer.replace("{hint}", asked.hint) }
  let written = text.trim().toUpperCase()
  if (asked.decimals !== null) {
    const number = typed(text)
    if (!Number.isFinite(number)) return { passed: false, message: T.noNumber }
    written = number.toFixed(asked.decimals)
    if (Number(written) === 0) written = written.replace("-", "")
  }
  const hash = sha256(`${asked.salt}:${question}:${written}`).slice(0, 32)
  if (hash === asked.right) return { passed: true, message: asked.praise }
  return { passed: false, message: asked.wrong[hash] || T.unknownSlip.replace("{hint}", asked.hint) }
}
