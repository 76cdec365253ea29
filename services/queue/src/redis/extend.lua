-- ARGV: id, holder, now, new end of lease. Answers whether the lease was running and the holder's.
local id, holder, now, ends = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local running_until = redis.call('ZSCORE', leases, id)
if not running_until or tonumber(running_until) <= tonumber(now) then
  return 0
end
if string.match(redis.call('HGET', held, id) or '', '^%S+ (.*)$') ~= holder then
  return 0
end
redis.call('ZADD', leases, ends, id)
return 1
