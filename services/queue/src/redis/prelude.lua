-- Shared by every script. KEYS are the same six for all of them and lie in one hash slot.
-- ARGV[1] is the wake-up channel, ARGV[2] the queue's name; a script's own arguments start at ARGV[3].
-- Scores and instants stay strings: Lua would print large numbers in exponent form.
local ready = KEYS[1]   -- sorted set: waiting ids by order
local leases = KEYS[2]  -- sorted set: held ids by end of lease
local places = KEYS[3]  -- hash: held id -> the order it returns to
local holders = KEYS[4] -- hash: held id -> its holder
local built = KEYS[5]   -- run id of the server on which the last rebuild was completed
local epoch = KEYS[6]   -- number of clearings

-- Bounds how long one call occupies the server; the rest returns with the next call.
local MOST_RETURNED = 1000

local function forget_lease(id)
  redis.call('HDEL', places, id)
  redis.call('HDEL', holders, id)
  return redis.call('ZREM', leases, id) == 1
end

local function hold(id, order, holder, ends)
  redis.call('ZADD', leases, ends, id)
  redis.call('HSET', places, id, order)
  redis.call('HSET', holders, id, holder)
end

local function put_back(id)
  -- A place can only be missing when the server evicted the key: then the entry comes first.
  local order = redis.call('HGET', places, id) or '0'
  if forget_lease(id) then
    redis.call('ZADD', ready, order, id)
    return true
  end
  return false
end

local function expire(now)
  local ids = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, MOST_RETURNED)
  for _, id in ipairs(ids) do
    put_back(id)
  end
  return ids
end

local function wake(items)
  if items > 0 then
    redis.call('PUBLISH', ARGV[1], items .. ':' .. ARGV[2])
  end
end

-- Another server, or the same one started again, may hold an old copy of the data.
local function run_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end
