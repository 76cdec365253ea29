-- ARGV: id
redis.call('ZREM', ready, ARGV[3])
forget_lease(ARGV[3])
