"""Integrates the FFJORD cases with diffrax (Dopri8 at 1e-12, float64) and writes z, log_prob and gradients.

Usage: python accurate.py FOLDER FOLDER: reads cases below the first, writes accurate.safetensors below the second.
Needs numpy, jax and diffrax. The trace is exact, by forward mode; the Hutchinson case uses the given probes.
"""
import json, struct, sys
import numpy as np
import jax, jax.numpy as jnp, diffrax
jax.config.update('jax_enable_x64', True)


def load(path):
    raw = open(path, 'rb').read()
    n = struct.unpack('<Q', raw[:8])[0]
    header = json.loads(raw[8:8 + n])
    header.pop('__metadata__', None)
    return {k: np.frombuffer(raw[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]], '<f8').reshape(v['shape'])
            for k, v in header.items()}


def save(path, arrays):
    header, offset, data = {}, 0, b''
    for k in sorted(arrays):
        a = np.ascontiguousarray(arrays[k], '<f8')
        a = a.reshape(np.shape(arrays[k]))
        raw = a.tobytes()
        header[k] = {'dtype': 'F64', 'shape': list(a.shape), 'data_offsets': [offset, offset + len(raw)]}
        offset += len(raw)
        data += raw
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    open(path, 'wb').write(struct.pack('<Q', len(text)) + text + data)


def flow(m, x, noise, layers, blocks, activation):
    n, d = x.shape

    def rhs(t, y, args):
        prefix, v = args
        def field(z):
            h = z
            for i in range(layers):
                p = f'{prefix}.odefunc.diffeq.layers.{i}.'
                gate = jax.nn.sigmoid(t * m[p + '_hyper_gate.weight'][:, 0] + m[p + '_hyper_gate.bias'])
                h = (h @ m[p + '_layer.weight'].T + m[p + '_layer.bias']) * gate + t * m[p + '_hyper_bias.weight'][:, 0]
                if i < layers - 1:
                    h = activation(h)
            return h
        f = field(y[0])
        trace = sum((jax.jvp(field, (y[0],), (e,))[1] * e).sum(1) for e in v)
        return f, trace

    z, ldj = x, jnp.zeros(n)
    for b in range(blocks):
        if noise:
            v = [jnp.asarray(noise[b])]
        else:
            v = [jnp.tile(jnp.eye(d)[k], (n, 1)) for k in range(d)]
        end = m[f'chain.{b}.sqrt_end_time'] ** 2
        s = diffrax.diffeqsolve(diffrax.ODETerm(lambda t, y, a, b=b, v=v: rhs(t, y, (f'chain.{b}', v))), diffrax.Dopri8(), 0.0, end, 0.01 * end,
                                (z, ldj), stepsize_controller=diffrax.PIDController(rtol=1e-12, atol=1e-12),
                                adjoint=diffrax.RecursiveCheckpointAdjoint(), max_steps=4096)
        z, ldj = s.ys[0][0], s.ys[1][0]
    return z, -0.5 * (z ** 2).sum(1) - 0.5 * d * jnp.log(2 * jnp.pi) + ldj


CASES = [('ffjord-2d-exact', jnp.tanh, 3, 1), ('ffjord-3d-two-blocks', jnp.tanh, 4, 2),
         ('ffjord-5d-hutchinson', jax.nn.softplus, 3, 1)]
for case, activation, layers, blocks in CASES:
    m = load(f'{sys.argv[1]}/{case}/model.safetensors')
    e = load(f'{sys.argv[1]}/{case}/expected.safetensors')
    noise = [e[f'noise.{b}'] for b in range(blocks)] if 'hutchinson' in case else None
    def nll(m, x):
        z, log_prob = flow(m, x, noise, layers, blocks, activation)
        return -log_prob.mean(), (z, log_prob)
    (_, (z, log_prob)), (gm, gx) = jax.jit(jax.value_and_grad(nll, argnums=(0, 1), has_aux=True))(
        {k: jnp.asarray(v) for k, v in m.items()}, jnp.asarray(e['x']))
    out = {'z': z, 'log_prob': log_prob, 'score': -gx * len(e['x'])} | {'grad.' + k: v for k, v in gm.items()}
    out = {k: np.asarray(v) for k, v in out.items()}
    for k, v in out.items():
        error, scale = np.abs(v - e[k]).max(), np.abs(v).max()
        print(f'{case} {k}: the published values differ by {error:.1e} of {scale:.1e}')
    save(f'{sys.argv[2]}/{case}/accurate.safetensors', out)
