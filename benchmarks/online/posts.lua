-- wrk: POST the same body again and again, keep the prediction id of every answer to one row, print the figures as JSON.
local threads = {}

local function read(variable)
  local file = io.open(os.getenv(variable), "r")
  local text = file:read("*a")
  file:close()
  return text
end

local body = read("BENCH_BODY")
local headers = read("BENCH_HEADERS")

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  ids = {}
  wrong = 0
  wrk.method = "POST"
  wrk.body = body
  for name, value in headers:gmatch("([^\n:]+): ([^\n]+)") do wrk.headers[name] = value end
  message = wrk.format()
end

function request()
  return message
end

function response(status, headers, text)
  if status == 200 then
    local id = #text < 2000 and text:match('"id":"([^"]+)"')
    if id then ids[#ids + 1] = id end
  else
    wrong = wrong + 1
  end
end

function done(summary, latency, requests)
  local wrong_sum = 0
  local out = io.open(os.getenv("BENCH_IDS"), "w")
  for _, thread in ipairs(threads) do
    wrong_sum = wrong_sum + thread:get("wrong")
    local found = thread:get("ids")
    for i = 1, #found do out:write(found[i], "\n") end
  end
  out:close()
  io.write(string.format(
    'JSON{"requests":%d,"seconds":%.6f,"wrong":%d,"socket_errors":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, wrong_sum,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
