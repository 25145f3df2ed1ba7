import { All, Controller, Header, HttpCode, Query } from '@nestjs/common';
import { RestClient } from '@signalwire/compatibility-api';

@Controller('laml')
export class DocumentsController {
  @All('stop-stream')
  @HttpCode(200)
  @Header('content-type', 'text/xml; charset=utf-8')
  stopStream(@Query('STREAMNAME') streamName: string): string {
    const response = new RestClient.LaML.VoiceResponse();
    response.stop().stream({ name: streamName });
    response.say('Stopping stream');
    return response.toString();
  }
}
