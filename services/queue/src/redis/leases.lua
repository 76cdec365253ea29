-- Bounds how long one call occupies the server; the rest returns with the next call.
local MOST_RETURNED = 1000

local function put_back(id)
  -- What was held can only be missing when the server evicted the key: then the entry comes first.
  local order = string.match(redis.call('HGET', held, id) or '0', '^%S+')
  redis.call('HDEL', held, id)
  if redis.call('ZREM', leases, id) == 1 then
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
