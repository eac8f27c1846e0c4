import { createCipheriv, createPublicKey, createSecretKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { decrypt, payMessage, replyMessage, requestMessage, sign, verify } from './wechat-pay-signing.ts';

/** Signatures that WeChat Pay's own pages publish with a test merchant's key (its public half is enough to check them). */
const testMerchant = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptpm+qvIDCh/9wjU26SQ
CK26ogYkBhDrYxnAaw2JbbBsp1oDbHKk+1r381NeBUG2HEFAuU+Fr72u5ot3yKdz
oF/FajAzQNKnm569/D3upKoi8mYBaST15Uig8j8qoUW1U217LL0jEHlSnHV3lcaD
TXqDpTRR4Bfz9IqOgJgFZ8/oTfEomSrjrLYef81Eyxr7ZIMQXEKKEK7V4UXKS0+/
fDsiG/cXidhzt8UbTL9vqXqxM2+IDImyO+FAc/tkBG55LmzxPto1Nq0WbnZzRM/w
Tzrd0I/8NlevxtFbphg4evlHjFNI7+GrqR87ViEwuAJJ9Je5QQjct5YJfFRWiZ5C
MQIDAQAB
-----END PUBLIC KEY-----`);
const testPlatform = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwXNI6sdlknHBnK8Fu2U6
Cwor9qY747jP8KAfeBMeveEt1TqaHkLfaSD07trZLhGpfs8/AHqjhgSMO1O10YQW
OrrJ4hjIWPKqxbgrYMkBQc+mwdiWp4W3ByCqxBRagCveCXRWCmuJYovl9H/bsDI0
iGbpVtEOghJtfciisYSgxcLufUDTRkvwxjIBK1pCRjk33jJ5YTBWTHMRtMAOcFLN
F6hdEYdX8SPsgHHeLZ5Lv2T/686w1xtgCHef/sd4uSfWmyzsalQdHG/e4IyYmrhx
+O3VBoNDzE3nx23bFeV/RVNCG7cV6VhmYokJNHa/erIPkEmEFID6A5wQOXuxUkmJ
WwIDAQAB
-----END PUBLIC KEY-----`);
const nonce = '593BEC0C930BF1AFEB40B4A08C8FB242';

describe('what WeChat Pay publishes', () => {
  test('the request with a body (4012365336) is signed over our text', () => {
    const body =
      '{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}';
    const signature =
      'jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq1sltaQKyncCyrA1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A==';
    const text = requestMessage('POST', '/v3/pay/transactions/jsapi', '1554208460', nonce, body);
    expect(verify(text, signature, testMerchant)).toBe(true);
    expect(verify(text.replace('"total":100', '"total":101'), signature, testMerchant)).toBe(false);
  });

  test('the request without a body (4012365334) is signed over our text', () => {
    const signature =
      'Lc9VXxmeonkdV8Xk9tmigQFLhl0vRWTerdmoRu01aAnYwIrD/5nsSwE1WlmZGLRlAFTNQ3QsMa0+VRDlJp1Wp5p0nO8EK68b5sJBbjouxaFciIfq1zfDWWz+jqhcMoKXI1A6dPm1AW7D4d30WsMTNzp6g23OXakIsh9LO3lUmwvTuE0BY8ncf6tNGk4wKmvXwERd/ZpoQY3MAVKz+Nakwc+2XBmzT66KcUehU5kr4IvGa/lEU5RZb/q00zP9VLdBhC/jQSX3X1UcJLCtEc4gTmib4tnmAT+bHF/e17ZAuxDNcx6rqT8gNEXqaJGG+1OflMSTU2tpyG65G4dMKdFcoA==';
    const text = requestMessage('GET', '/v3/refund/domestic/refunds/123123123123', '1554208460', nonce, '');
    expect(verify(text, signature, testMerchant)).toBe(true);
  });

  test("the phone's parameters (4012365339) are signed over our text", () => {
    const signature =
      'mI35pfNEQV6777ke/1T+LJLQDNTm7yeoUJH+j/adPGhmCCi0PbgkvYQTRcXH0uibcLVtvFLdGLpmoYO9FV6lBBsTAjuhh5YOvQi0e2g3e0yytitiNET9FEuqM0pjnKfRW4K6LIZDdbWJv9KhZUx3DrJa5TL7OJ7VdADVivxVySIlPVKjGwuCXzuXSJes0UcILgWQUMyha5/3nYofuHtS7r+KYyMuxD+oJ9VM1Qdxk4UIG59CP5Y3wtYIFybyF3bdu1caHTRRX+DLyMXyYA/IrTmiW01c4RPjpHBX5Dk1sZyY1zVsWNsvMHr2e1NTWtBxKJ+qk5N61J7caYoepHFaxw==';
    const text = payMessage('wx2421b1c4370ec43b', '1554208460', nonce, 'prepay_id=wx201410272009395522657a690389285100');
    expect(verify(text, signature, testMerchant)).toBe(true);
  });

  test('the reply (4013053420) is verified, and not when one character of it differs', () => {
    const signature =
      'mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0eRp8mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrRoBKqjmSdrP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4itojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0BALilAA==';
    const body = '{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}';
    const text = replyMessage('1722850421', 'd824f2e086d3c1df967785d13fcd22ef', body);
    expect(verify(text, signature, testPlatform)).toBe(true);
    expect(verify(text, signature, testMerchant)).toBe(false);
    expect(verify(replyMessage('1722850422', 'd824f2e086d3c1df967785d13fcd22ef', body), signature, testPlatform)).toBe(false);
    expect(verify(text, `WECHATPAY/SIGNTEST/${signature}`, testPlatform)).toBe(false);
    expect(verify(text, `${signature.slice(0, 8)}\n${signature.slice(8)}`, testPlatform)).toBe(false);
    expect(verify(text, '', testPlatform)).toBe(false);
  });
});

test('what we sign, another implementation verifies', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = requestMessage('POST', '/v3/a?b=c', '1', 'N', '{"课":"后"}');
  const holds = createVerify('RSA-SHA256')
    .update('POST\n/v3/a?b=c\n1\nN\n{"课":"后"}\n')
    .verify(publicKey, sign(text, privateKey), 'base64');
  expect(holds).toBe(true);
});

describe('AES-256-GCM', () => {
  const key = 'feffe9928665731c6d6a8f9467308308';
  const seal = (plain: string, nonceText: string, associated: string, tagBytes = 16) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceText, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(associated));
    return Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  };
  const secret = createSecretKey(Buffer.from(key));

  test('the published test cases are opened', () => {
    // McGrew and Viega's GCM paper, AES-256 without text and associated data, nonce of twelve zero bytes: tag 530f8afb…
    const zeros = createSecretKey(Buffer.alloc(32));
    const ciphertext = Buffer.from('530f8afbc74536b9a963b4f1c4cb738b', 'hex').toString('base64');
    expect(decrypt({ ciphertext, nonce: '\0'.repeat(12) }, zeros)).toBe('');
    // The paper's next case: one block of zeros.
    const block = Buffer.from('cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919', 'hex').toString('base64');
    expect(decrypt({ ciphertext: block, nonce: '\0'.repeat(12) }, zeros)).toBe('\0'.repeat(16));
  });

  test('what was sealed is opened, with the associated data it was sealed with', () => {
    const ciphertext = seal('{"付":"款"}', 'abcdefghijkl', 'transaction');
    expect(decrypt({ ciphertext, nonce: 'abcdefghijkl', associated_data: 'transaction' }, secret)).toBe('{"付":"款"}');
    expect(() => decrypt({ ciphertext, nonce: 'abcdefghijkl', associated_data: 'refund' }, secret)).toThrow();
    expect(() => decrypt({ ciphertext, nonce: 'abcdefghijkL', associated_data: 'transaction' }, secret)).toThrow();
    expect(() =>
      decrypt({ ciphertext, nonce: 'abcdefghijkl', associated_data: 'transaction' }, createSecretKey(Buffer.alloc(32, 1))),
    ).toThrow();
  });

  test('one changed bit, a cut text and a short tag are refused', () => {
    const bytes = Buffer.from(seal('{"total":1}', 'abcdefghijkl', ''), 'base64');
    for (const index of [0, 5, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] as number) ^ 1;
      expect(() => decrypt({ ciphertext: changed.toString('base64'), nonce: 'abcdefghijkl' }, secret)).toThrow();
    }
    expect(() => decrypt({ ciphertext: bytes.subarray(0, 10).toString('base64'), nonce: 'abcdefghijkl' }, secret)).toThrow(RangeError);
    // Node's own default would take this for an empty text with a tag of four bytes.
    const short = seal('', 'abcdefghijkl', '', 4);
    expect(() => decrypt({ ciphertext: short, nonce: 'abcdefghijkl' }, secret)).toThrow(RangeError);
  });
});
