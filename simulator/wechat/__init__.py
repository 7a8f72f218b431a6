"""WeChat's servers: api.weixin.qq.com, open.weixin.qq.com and mp.weixin.qq.com in one."""
