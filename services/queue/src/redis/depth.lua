return { redis.call('ZCARD', ready), redis.call('ZCARD', leases) }
